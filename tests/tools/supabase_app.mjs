// An app written with supabase-js: signs up, in and out at SUPABASE_URL, uploads, and prints what it got as JSON.
import { createClient } from '@supabase/supabase-js';

const { SUPABASE_URL, UPLOAD_PATH, UPLOAD_TOKEN } = process.env;
const auth = { persistSession: false, autoRefreshToken: false };
const realtime = { transport: class {} }; // Node 20 has no WebSocket, and the app listens by GET /live
const client = (flowType = 'implicit') =>
  createClient(SUPABASE_URL, 'local', { auth: { ...auth, flowType }, realtime });

async function code(address) {
  const { mails } = await (await fetch(`${SUPABASE_URL}/_state`)).json();
  return mails.find((mail) => mail.address === address).text.match(/code is (\d{6})/)[1];
}

function got({ data, error }) {
  if (error) throw error;
  return data;
}

const email = 'js@example.com';
const credentials = { email, password: 'correct horse' };
const app = client();
const signedUp = got(await app.auth.signUp(credentials));
const early = await app.auth.signInWithPassword(credentials);
got(await app.auth.verifyOtp({ email, token: await code(email), type: 'email' }));
const { session } = got(await client().auth.signInWithPassword(credentials));
got(await app.auth.setSession(session));

const checkIn = await fetch(`${SUPABASE_URL}/checkin/`, {
  method: 'POST',
  headers: { Authorization: `Bearer ${session.access_token}`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ mood: 'calm', intensity: 4 }),
});
const claims = got(await app.auth.getClaims()).claims;
const refreshed = got(await app.auth.refreshSession()).session;

const guest = client('pkce');
const anonymous = got(await guest.auth.signInAnonymously()).user;
got(await guest.auth.updateUser({ email: 'guest@example.com' }));
const linked = got(
  await guest.auth.verifyOtp({ email: 'guest@example.com', token: await code('guest@example.com'), type: 'email_change' }),
).user;

const avatars = app.storage.from('avatars');
const png = new Uint8Array(Buffer.from(process.env.UPLOAD_BODY, 'base64'));
const uploaded = await avatars.uploadToSignedUrl(UPLOAD_PATH, UPLOAD_TOKEN, new Blob([png], { type: 'image/png' }));
const unsigned = await avatars.createSignedUploadUrl(UPLOAD_PATH);
const table = await app.from('moods').select();
const invoked = await app.functions.invoke('checkin', { body: {} });
const invocation = await invoked.error.context.json();

got(await app.auth.signOut({ scope: 'others' }));
const stillIn = got(await app.auth.getUser()).user;
await app.auth.signOut();
const ended = await client().auth.refreshSession({ refresh_token: refreshed.refresh_token });

console.log(JSON.stringify({
  unconfirmed: signedUp.session,
  early: early.error.code,
  checkIn: checkIn.status,
  subject: claims.sub === session.user.id,
  rotated: refreshed.refresh_token !== session.refresh_token,
  linked: [linked.id === anonymous.id, anonymous.is_anonymous, linked.is_anonymous],
  uploaded: uploaded.data?.fullPath ?? uploaded.error.message,
  unsigned: unsigned.error.message,
  table: table.error.message,
  invoked: invocation.detail,
  stillIn: stillIn.email,
  ended: ended.error.code,
}));
