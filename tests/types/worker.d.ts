// What the library uses of a worker's world, which TypeScript keeps apart from a page's.
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    read(to: ArrayBufferView, options?: { at: number }): number;
    write(from: ArrayBufferView, options?: { at: number }): number;
    truncate(size: number): void;
    getSize(): number;
    flush(): void;
    close(): void;
  }>;
}
