import { TorchError } from '../errors.js';

const SENTENCES: Record<string, string> = {
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EFBIG: 'the file system takes no file that large',
  EIO: 'the disk does not answer',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'a folder is in the way',
  EEXIST: 'a file is in the way',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'the path does not exist',
  EMFILE: 'too many files are open',
};

const FILE_CALLS = new Set(
  'open write close fsync ftruncate mkdir mkdtemp rename stat access unlink rmdir lstat'.split(' '),
);

/** Whether the error comes from the disk rather than from the network. */
export function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return (
    code !== undefined && code in SENTENCES && syscall !== undefined && FILE_CALLS.has(syscall)
  );
}

/**
 * The error for a file that could not be written, in one clear sentence.
 *
 * @param path - The file or folder that was to be written.
 * @param error - What the file system said; another error is given back as it is.
 * @param hint - What mends it, as a sentence.
 */
export function diskError(path: string, error: unknown, hint = ''): unknown {
  if (!isDiskError(error)) return error;
  const code = error.code as string;
  const message = `cannot write ${path}: ${SENTENCES[code]} (${code})${hint && `. ${hint}`}`;
  return new TorchError(message, { code, cause: error });
}
