/**
 * What Node and browsers provide, each in its own way: the interfaces of the files in this folder. They import nothing of
 * what is built on them.
 */

/**
 * The output of a gzip file, all its members. Throws when the file is corrupt, cut off or longer than `maxLength` bytes.
 */
export type Gunzip = (bytes: Uint8Array, maxLength: number) => Uint8Array;

export interface TransportRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Aborting it destroys the request: headers and body then reject. */
  readonly signal: AbortSignal;
  /** Of a request that changes a store: its method and the length of its body, for those who sign it. */
  readonly write?: { readonly method: string; readonly length: number } | undefined;
}

/** An answer whose headers are in and whose body is still to be read (once), or canceled. */
export interface TransportResponse {
  readonly status: number;
  /** Where the answer came from: another address than asked where the platform follows redirects by itself. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** True where the platform may hide headers: an answer from another origin, to a browser. */
  readonly filtered: boolean;
  /** True where the body is as it came; else what Content-Encoding says was undone already. */
  readonly raw?: boolean | undefined;
  /** Hands over the body chunk by chunk as it comes; rejects when it breaks off, or when `take` throws. */
  read(take: (chunk: Uint8Array) => void): Promise<void>;
  /** Gives the rest of the body up. */
  cancel(): void;
}

/** GET `url`: one request out, one answer in, nothing followed, nothing retried. Rejects when no answer came. */
export type Transport = (url: string, request: TransportRequest) => Promise<TransportResponse>;

/** What `stat` says of a file. */
export interface FileState {
  readonly size: number;
  /** When it was last changed, in milliseconds. */
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** A name in a folder; `isLink` of a symbolic link, whatever it leads to. */
export interface FolderName {
  readonly name: string;
  readonly isLink: boolean;
}

/** A file that is open for reading. Rejections are system errors: their `code` is the name of the error ("EACCES"). */
export interface LocalFile {
  stat(): Promise<FileState>;
  /** Fills `into` with the bytes from `position` on. Answers with how many came: 0 at the end, now and then fewer than asked. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** The local disk. */
export interface LocalFiles {
  /** The path that a file: URL stands for. Throws where that is no file of this machine. */
  pathOf(url: string | URL): string;
  /** The file: URL of a path. */
  urlOf(path: string): string;
  /** Rejects with a system error. */
  openFile(path: string): Promise<LocalFile>;
  /** What is in a folder, in order of names. Rejects with a system error. */
  readFolder(path: string): Promise<FolderName[]>;
  /** What is at a path, behind links. Rejects with a system error. */
  lookAt(path: string): Promise<FileState>;
}

/** Keys of an AWS account, or of an S3-compatible server. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With temporary keys. */
  readonly sessionToken?: string | undefined;
}

/** What the environment and `~/.aws` say of S3. */
export interface AwsDefaults {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: () => Promise<S3Credentials | undefined>;
}

/** Tokens by the identity libraries of Google and Microsoft for what `href` shows; undefined where these have none. */
export interface Identities {
  googleToken(href: string): Promise<string | undefined>;
  /** Whether files of Google's application-default credentials are there, or are named. */
  hasGoogleCredentials(): Promise<boolean>;
  azureToken(href: string): Promise<string | undefined>;
}

/** Who to be at a host, by the user's `.netrc`: the entry of exactly that host, if there is one. */
export type Netrc = (host: string) => Promise<{ login: string; password: string } | undefined>;

/** Where an FTP server is, and who logs in. */
export interface FtpLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** By TLS: asked for in the open (AUTH TLS), at port 990 from the beginning. */
  readonly secure: boolean;
  /** Aborting it ends the attempt. */
  readonly signal: AbortSignal;
}

/** What an FTP server refused, at which stage: its code and words. */
export interface FtpRefusal {
  readonly stage: "connect" | "tls" | "login" | "file";
  readonly reply: number;
  readonly text: string;
}

/** An entry of a folder of an FTP server. */
export interface FtpEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly size: number;
  /** Where the server tells it so that it can be relied on (MLSD). */
  readonly modified: Date | undefined;
}

/** A connection to an FTP server, logged in: one thing at a time. Rejects with `FtpRefusal`, or with what the connection met. */
export interface FtpConnection {
  /** True once the connection is of no more use. */
  readonly closed: boolean;
  /** Bytes of a file, and the time of its last change in milliseconds, where the server tells. */
  stat(path: string): Promise<{ readonly size: number; readonly modified: number | undefined }>;
  /** Hands over the bytes of a file from `offset` on, until `take` answers false, or the file ends. */
  retrieve(path: string, offset: number, take: (chunk: Uint8Array) => boolean): Promise<void>;
  /**
   * What is in a folder (empty: where the login leads); `heard` is told of the bytes that come. Rejects with a plain error where
   * the listing is none, or is longer than 64 MiB.
   */
  list(folder: string, heard: (bytes: number) => void): Promise<readonly FtpEntry[]>;
  /** Whether the connection may keep the process alive. */
  hold(alive: boolean): void;
  close(): void;
}

export type ConnectFtp = (login: FtpLogin) => Promise<FtpConnection>;

/** A worker as its platform starts it. */
export interface TileWorker {
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** At most one of each: what the worker posts, and that it failed, or ended, by itself. */
  onMessage(listen: (message: unknown) => void): void;
  onEnd(listen: (error: unknown) => void): void;
  /** Whether this worker may keep the process alive: only while it has work. */
  hold?(alive: boolean): void;
  terminate(): void;
}

/** What a pool of workers asks of its platform. */
export interface TileWorkers {
  /** Starts a worker. May throw where there are none. */
  startTileWorker(): TileWorker;
  /** Processors of this machine. */
  processors(): number;
  /**
   * Calls back when all that has come has been looked at: the calling thread may take part in the work then. Absent
   * where it has a page to serve.
   */
  soon?(call: () => void): void;
}

/** The PNG of an SVG drawing, `zoom` pixels for each of its units. */
export type Rasterize = (svg: string, zoom: number) => Promise<Uint8Array<ArrayBuffer>>;

/** Where a cache that lasts keeps its entries, and how many. */
export interface EntryPlace {
  /** In Node a folder (default: `fitslice` in the user's folder of caches), in a browser a name. */
  readonly folder?: string | undefined;
  /** Most bytes of all entries. A place that has a limit already keeps it. */
  readonly limit: number;
  /** Bytes of the largest entry. */
  readonly mostEntryBytes: number;
}

/** What a place holds. */
export interface EntryCount {
  /** The folder, or the name. */
  readonly folder: string;
  /** Most bytes; undefined where nothing was ever kept. */
  readonly limit: number | undefined;
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Entries that outlive the process, shared with other processes (tabs). Any entry may be gone at any time, or be something
 * else: its reader checks it. Rejections are errors of the system, or tell in words why the place is none.
 */
export interface EntryStore {
  /** The entry, or its first `most` bytes. Being read keeps an entry from going. */
  read(name: string, most?: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Puts an entry; others, which were used longest ago, go for it. */
  write(name: string, entry: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The caches that last, of a platform. */
export interface EntryStores {
  openStore(place: EntryPlace): Promise<EntryStore>;
  countEntries(place: EntryPlace): Promise<EntryCount>;
  clearEntries(place: EntryPlace): Promise<void>;
}
