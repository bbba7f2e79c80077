// The Firestore emulator on a free loopback port: prints the port, ends when stdin closes.
import { FirestoreServer, FirestoreStateDocument } from '@firestore-emulator/server';
import { ServerCredentials } from '@grpc/grpc-js';

// In Firestore a write without a mask replaces the whole document; the emulator would keep the old fields.
const { set } = FirestoreStateDocument.prototype;
FirestoreStateDocument.prototype.set = function (date, fields, mask = []) {
  if (mask.length === 0) this.fields = {};
  set.call(this, date, fields, mask);
};

// Its own start() would listen on every interface.
const { server } = new FirestoreServer();
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});

// Whoever started this holds stdin open, and however they end, it closes.
process.stdin.resume().on('end', () => process.exit());
