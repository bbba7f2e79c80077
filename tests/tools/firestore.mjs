// The Firestore emulator on a free loopback port: prints the port, ends when stdin closes.
import { FirestoreServer } from '@firestore-emulator/server';
import { ServerCredentials } from '@grpc/grpc-js';

// Its own start() would listen on every interface.
const { server } = new FirestoreServer();
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});

// Whoever started this holds stdin open; when they die, however they die, so does this.
process.stdin.resume().on('end', () => process.exit());
