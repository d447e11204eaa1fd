import type { SecretSealer } from '../crypto/key-ring.ts';
import type { Db } from '../storage/postgres.ts';
import { findPiece, insertPiece, listFiles } from './files-store.ts';

/** As it came over the network. */
export interface BroughtFile {
  /** What people call it: for them to read, never a path. */
  name: string;
  bytes: Uint8Array;
}

const PIECE_BYTES = 1_048_576;

/** Sealed in pieces, each bound to its place: nobody waits behind a statement that carries a whole delivery. */
export async function putFiles(
  { db, sealer }: { db: Db; sealer: SecretSealer },
  { plan, files, at }: { plan: string; files: readonly BroughtFile[]; at: Date },
): Promise<void> {
  for (const [file, { name, bytes }] of files.entries()) {
    const put = (piece: number, content: Uint8Array) =>
      insertPiece(db, {
        ...{ plan, file, piece, brought_at: at },
        sealed: sealer.sealSecret(labelOf({ plan, file, piece }), content),
      });
    await put(0, Buffer.from(name));
    for (let start = 0, piece = 1; start < bytes.length; start += PIECE_BYTES, piece += 1) {
      await put(piece, bytes.subarray(start, start + PIECE_BYTES));
    }
  }
}

/** A piece at a time. */
export async function openFiles(
  from: { db: Db; sealer: SecretSealer },
  plan: string,
): Promise<{ name: string; pieces: AsyncIterable<Uint8Array> }[]> {
  const files = await listFiles(from.db, plan);
  return Promise.all(
    files.map(async (file) => ({
      name: (await openPiece(from, { plan, file, piece: 0 }))?.toString('utf8') ?? '',
      pieces: openPieces(from, { plan, file }),
    })),
  );
}

async function* openPieces(
  from: { db: Db; sealer: SecretSealer },
  { plan, file }: { plan: string; file: number },
): AsyncGenerator<Uint8Array> {
  for (let piece = 1; ; piece += 1) {
    const bytes = await openPiece(from, { plan, file, piece });
    if (!bytes) return;
    yield bytes;
  }
}

interface PiecePlace {
  plan: string;
  file: number;
  piece: number;
}

async function openPiece(
  { db, sealer }: { db: Db; sealer: SecretSealer },
  place: PiecePlace,
): Promise<Buffer | undefined> {
  const sealed = await findPiece(db, place);
  return sealed && sealer.openSecret(labelOf(place), sealed);
}

function labelOf({ plan, file, piece }: PiecePlace): string {
  return `roster/${plan}/file/${file}/${piece}`;
}
