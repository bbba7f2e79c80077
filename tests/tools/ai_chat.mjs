// Sends a message as a chat with the npm package `ai` does, and prints the reply that it has read as JSON.
import { DefaultChatTransport, readUIMessageStream } from 'ai';

const { MESSAGES_URL, TOKEN, CONTENT } = process.env;
const transport = new DefaultChatTransport({
  api: MESSAGES_URL,
  headers: { Authorization: `Bearer ${TOKEN}`, Accept: 'text/event-stream' },
  prepareSendMessagesRequest: ({ messages, headers }) => ({ headers, body: { content: messages.at(-1).parts[0].text } }),
});
const question = { id: '1', role: 'user', parts: [{ type: 'text', text: CONTENT }] };
const stream = await transport.sendMessages({ trigger: 'submit-message', chatId: 'chat', messages: [question] });

let reply;
const errors = [];
for await (const message of readUIMessageStream({ stream, onError: (error) => errors.push(error.message) })) {
  reply = message;
}
console.log(JSON.stringify({ reply, errors }));
