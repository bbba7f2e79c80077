// An app written with supabase-js: signs up, in and out at SUPABASE_URL, uploads, and prints what it got as JSON.
import { createClient } from '@supabase/supabase-js';

const { SUPABASE_URL, UPLOAD_PATH, UPLOAD_TOKEN } = process.env;
const auth = { persistSession: false, autoRefreshToken: false };
const realtime = { transport: class {} }; // Node 20 has no WebSocket, and the app listens by GET /live
const client = (flowType = 'implicit') =>
  createClient(SUPABASE_URL, 'local', { auth: { ...auth, flowType }, realtime });

async function mailsTo(address) {
  const { mails } = await (await fetch(`${SUPABASE_URL}/_state`)).json();
  return mails.filter((mail) => mail.address === address);
}

async function code(address) {
  return (await mailsTo(address))[0].text.match(/code is (\d{6})/)[1];
}

/** Where the link of the latest mail leads. */
async function opened(address) {
  const link = (await mailsTo(address))[0].text.match(/http\S+/)[0];
  return (await fetch(link, { redirect: 'manual' })).headers.get('location');
}

const asPerson = (session, path, body, method = body ? 'POST' : 'GET') => fetch(SUPABASE_URL + path, {
  method,
  headers: { Authorization: `Bearer ${session.access_token}`, 'Content-Type': 'application/json' },
  body: body && JSON.stringify(body),
});

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

const checkIn = await asPerson(session, '/checkin/', { mood: 'calm', intensity: 4 });
const claims = got(await app.auth.getClaims()).claims;
const refreshed = got(await app.auth.refreshSession()).session;

const guest = client('pkce');
const anonymous = got(await guest.auth.signInAnonymously()).user;
got(await guest.auth.updateUser({ email: 'guest@example.com' }));
const linked = got(
  await guest.auth.verifyOtp({ email: 'guest@example.com', token: await code('guest@example.com'), type: 'email_change' }),
).user;

const again = got(await client().auth.signUp(credentials)).user;
got(await client().auth.resetPasswordForEmail(email, { redirectTo: 'http://localhost:3000/reset' }));
const recovery = new URL(await opened(email));

const byLink = client('pkce');
const linkCredentials = { ...credentials, email: 'link@example.com' };
got(await byLink.auth.signUp(linkCredentials));
const authCode = new URL(await opened('link@example.com')).searchParams.get('code');
const first = got(await byLink.auth.exchangeCodeForSession(authCode)).session;
const me = await (await asPerson(first, '/account/me')).json();
const erasing = await asPerson(first, '/account', { confirm: 'erase everything' }, 'DELETE');
const late = await client().auth.signInWithPassword(linkCredentials);

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
  again: [again.identities, again.last_sign_in_at ?? null],
  recovery: new URLSearchParams(recovery.hash.slice(1)).get('type'),
  next: me.onboarding.next,
  erasing: erasing.status,
  late: late.error.code,
  uploaded: uploaded.data?.fullPath ?? uploaded.error.message,
  unsigned: unsigned.error.message,
  table: table.error.message,
  invoked: invocation.detail,
  stillIn: stillIn.email,
  ended: ended.error.code,
}));
