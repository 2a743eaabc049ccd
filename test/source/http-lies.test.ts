import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { clients, data, httpSource, testServers } from "./http-source.js";

const { serveBy, end } = testServers();
describe.each(clients)("wrong answers over %s", (_, client) => {
  it("survives a server that lies about lengths and ranges", async () => {
    let header: Record<string, string> = {};
    let status = 206;
    const url = await serveBy((_, response) => response.writeHead(status, header).end("0123456789"));
    const read = (): Promise<Uint8Array> =>
      httpSource(url, { ...client, retries: 0 }).getRange({ offset: 0, length: 10 });
    const refused = async (range: string, code: string): Promise<void> => {
      header = { "content-range": range };
      await expect(read()).rejects.toMatchObject({ name: "FitsError", code });
    };
    await refused("bytes 0-9/5", "BAD_RANGE");
    await refused("bytes 0-4/10", "BAD_RANGE");
    await refused("bytes 0-99/100", "BAD_RANGE");
    await refused("bytes 9-0/100", "BAD_RANGE");
    await refused("bytes */100", "BAD_RANGE");
    await refused("items 0-9/100", "BAD_RANGE");
    await refused("nonsense", "BAD_RANGE");
    await refused("bytes 0-8/9", "BAD_RANGE"); // and then ten bytes come
    header = {};
    await expect(read()).rejects.toMatchObject({ code: "BAD_RANGE" });
    header = { "content-range": "bytes 0-9/*" };
    expect(Buffer.from(await read()).toString()).toBe("0123456789");
    status = 416;
    header = { "content-range": "bytes */100" };
    await expect(read()).rejects.toMatchObject({ code: "BAD_RANGE" });
  });

  it("never takes bytes that were compressed on their way for those of the object", async () => {
    const packed = gzipSync(data);
    let answer: [status: number, headers: Record<string, string>, body: Uint8Array] = [206, {}, data];
    const url = await serveBy((_, response) => {
      const [status, headers, body] = answer;
      response.writeHead(status, headers).end(body);
    });
    const read = (range = { offset: 0, length: 1000 }): Promise<Uint8Array> =>
      httpSource(url, { ...client, retries: 1 }).getRange(range);
    const refused = async (range?: { offset: number; length: number }): Promise<void> => {
      const message = expect.stringContaining("compresses what it sends");
      await expect(read(range)).rejects.toMatchObject({ name: "FitsError", code: "BAD_RANGE", message });
    };
    // A part, compressed by itself.
    const part = gzipSync(data.subarray(0, 1000));
    const told = { "content-range": "bytes 0-999/100000", "content-encoding": "gzip" };
    answer = [206, { ...told, "content-length": `${part.length}` }, part];
    await refused();
    answer = [206, { ...told, "transfer-encoding": "chunked" }, part];
    await refused();
    // A part of a file that is stored compressed.
    const stored = { "content-range": `bytes 0-999/${packed.length}`, "content-encoding": "gzip" };
    answer = [206, { ...stored, "content-length": "1000" }, packed.subarray(0, 1000)];
    if (client.fetch) await refused();
    else expect(Buffer.compare(await read(), packed.subarray(0, 1000))).toBe(0);
    answer = [206, { ...answer[1], "content-encoding": "Identity" }, packed.subarray(0, 1000)];
    expect(Buffer.compare(await read(), packed.subarray(0, 1000))).toBe(0);
    // All of it: the file itself, or what every reader of FITS takes for it.
    const all = { "content-encoding": "gzip", "content-length": `${packed.length}` };
    answer = [200, all, packed];
    const whole = client.fetch ? data : packed;
    expect(Buffer.compare(await read({ offset: 50, length: 100 }), whole.subarray(50, 150))).toBe(0);
    answer = [200, { "content-encoding": "br" }, brotliCompressSync(data)];
    if (client.fetch) expect(await read()).toEqual(data.slice(0, 1000));
    else await refused();
  });

  it("believes nothing of an answer that is longer than it says", async () => {
    let asked = 0;
    const url = await serveBy((_, response) => {
      const headers = { "content-range": "bytes 0-9/100", "transfer-encoding": "chunked" };
      response.writeHead(206, headers);
      if (asked++ > 0) return void response.end("0123456789");
      response.write("wrong");
      setTimeout(() => response.end("altogether"), 30);
    });
    const read = await httpSource(url, client).getRange({ offset: 0, length: 10 });
    expect(Buffer.from(read).toString()).toBe("0123456789");
    expect(asked).toBe(2);
  });

  it("believes nothing of an answer that breaks off, unless its length was told", async () => {
    let asked: string[] = [];
    let isTold = false;
    const url = await serveBy((request, response) => {
      asked.push(request.headers.range!);
      const start = Number(/\d+/.exec(request.headers.range!)![0]);
      const headers = { "content-range": `bytes ${start}-9/100` };
      response.writeHead(206, { ...headers, ...(isTold && { "content-length": `${10 - start}` }) });
      if (asked.length > 1) return void response.end("0123456789".slice(start));
      response.write(isTold ? "01234" : "<html>");
      setTimeout(() => response.destroy(), 30);
    });
    const read = (): Promise<Uint8Array> => httpSource(url, client).getRange({ offset: 0, length: 10 });
    expect(Buffer.from(await read()).toString()).toBe("0123456789");
    expect(asked).toEqual(["bytes=0-9", "bytes=0-9"]);
    asked = [];
    isTold = true;
    expect(Buffer.from(await read()).toString()).toBe("0123456789");
    expect(asked[1]).toBe("bytes=5-9");
  });

  it("counts failures anew as long as every try brings bytes", async () => {
    let asked = 0;
    const url = await serveBy((request, response) => {
      asked++;
      const start = Number(/\d+/.exec(request.headers.range!)![0]);
      const headers = { "content-range": `bytes ${start}-19/100`, "content-length": `${20 - start}` };
      response.writeHead(206, headers);
      response.write("0123456789abcdefghij".slice(start, start + 2));
      setTimeout(() => response.destroy(), 10);
    });
    const source = httpSource(url, { ...client, retries: 1 });
    const read = await source.getRange({ offset: 0, length: 20 });
    expect(Buffer.from(read).toString()).toBe("0123456789abcdefghij");
    expect(asked).toBe(10);
  });

  it("gives up where broken connections bring next to nothing of a long range", async () => {
    let asked = 0;
    const url = await serveBy((request, response) => {
      asked++;
      const start = Number(/\d+/.exec(request.headers.range!)![0]);
      const headers = {
        "content-range": `bytes ${start}-99999/100000`,
        "content-length": `${100_000 - start}`,
      };
      response.writeHead(206, headers);
      response.write(Buffer.alloc(100));
      setTimeout(() => response.destroy(), 10);
    });
    const source = httpSource(url, { ...client, retries: 2 });
    await expect(source.getRange({ offset: 0, length: 100_000 })).rejects.toMatchObject({ code: "NETWORK" });
    expect(asked).toBe(3);
  });

  it("refuses several ranges in one answer, 304 and 416 to what it did not ask", async () => {
    let answer: [status: number, headers: Record<string, string>] = [304, {}];
    let asked = 0;
    const url = await serveBy((_, response) => {
      asked++;
      const [status, headers] = answer;
      response.writeHead(status, headers).end(status === 304 ? undefined : "--x\r\n\r\n0123456789\r\n--x--");
    });
    const source = httpSource(url, { ...client, retries: 1 });
    const read = (offset: number): Promise<Uint8Array> => source.getRange({ offset, length: 10 });
    await expect(read(0)).rejects.toMatchObject({ code: "HTTP", message: expect.stringMatching(/304/) });
    expect(asked).toBe(1);
    answer = [206, { "content-type": "multipart/byteranges; boundary=x" }];
    await expect(read(0)).rejects.toMatchObject({ code: "BAD_RANGE" });
    expect(asked).toBe(3);
    // Shorter than asked for, and later shorter than it was.
    answer = [416, { "content-range": "bytes */50" }];
    expect(await read(60)).toHaveLength(0);
    expect([asked, source.size]).toEqual([4, 50]);
    answer = [416, { "content-range": "bytes */20" }];
    await expect(read(30)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    answer = [416, {}];
    await expect(read(30)).rejects.toMatchObject({ code: "BAD_RANGE" });
    await expect(read(0)).rejects.toMatchObject({ code: "BAD_RANGE" });
  });

  it("reads answers of HTTP/1.0 without Content-Length, and sees where they were cut off", async () => {
    let cut = 0;
    const server = createTcpServer((socket) => {
      socket.once("data", () => {
        const head = "HTTP/1.0 206 Partial Content\r\nContent-Range: bytes 0-9/100\r\n\r\n";
        socket.end(`${head}${cut-- > 0 ? "0123" : "0123456789"}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    end({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const source = httpSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a`, client);
    expect(Buffer.from(await source.getRange({ offset: 0, length: 10 })).toString()).toBe("0123456789");
    // An end that nobody announced may be where somebody cut the answer off: nothing of that counts.
    cut = 2;
    expect(Buffer.from(await source.getRange({ offset: 0, length: 10 })).toString()).toBe("0123456789");
    cut = 2;
    const once = httpSource(source.href, { ...client, retries: 1 });
    await expect(once.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({ code: "SHORT_READ" });
  });

  it("reads on where a server that does not tell the size sends less", async () => {
    const url = await serveBy((request, response) => {
      const start = Number(/=(\d+)-/.exec(request.headers.range ?? "")?.[1]);
      if (Number.isNaN(start)) return void response.writeHead(200).end(data.subarray(0, 1000));
      if (start >= 1000) return void response.writeHead(416).end();
      const end = Math.min(start + 400, 1000);
      response
        .writeHead(206, { "content-range": `bytes ${start}-${end - 1}/*` })
        .end(data.subarray(start, end));
    });
    expect(await httpSource(url, client).getRange({ offset: 100, length: 5000 })).toEqual(
      data.slice(100, 1000),
    );
  });
});
