// A proxy that all traffic of a browser goes through, and that keeps a list of it: what the page, its
// workers and its service worker ask for, and from whom, with no way around.
import { createServer, request as send } from "node:http";
import { connect } from "node:net";

export async function recorder() {
  const requests = [];
  const sockets = new Set();
  let isDown = false;

  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    if (isDown) return outgoing.destroy();
    const url = new URL(incoming.url);
    const onward = send(
      url,
      { method: incoming.method, headers: incoming.headers },
      (response) => {
        outgoing.writeHead(response.statusCode, response.headers);
        response.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });

  // https: only the host is seen, as by anybody on the way
  server.on("connect", (incoming, socket, head) => {
    requests.push(`CONNECT ${incoming.url}`);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    if (isDown) return socket.destroy();
    const [host, port] = incoming.url.split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Every request so far, as `GET http://…` or `CONNECT host:port`. */
    requests,
    /** The network is gone, for everything. */
    goDown() {
      isDown = true;
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
