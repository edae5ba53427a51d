import { errors } from './error.ts'
import type { Prepared, Stored } from './resource.ts'

/**
 * The most bytes that a resource's document may have, in UTF-8: 256 KiB, or a thousand values of 250 bytes. Every change
 * writes, reads and compares the whole document, so without a limit small requests would cost much.
 */
export const mostDocumentBytes = 262_144

/** Throws `tooMany` for a document beyond the limit, unless it replaces one that is as large or larger. */
export function checkDocumentSize(
  { name }: { readonly name: string },
  next: Pick<Prepared, 'document'>,
  before?: Pick<Stored, 'document'>,
): void {
  // UTF-8 has at most three bytes for each unit of UTF-16.
  if (next.document.length * 3 <= mostDocumentBytes) return
  const bytes = Buffer.byteLength(next.document)
  if (bytes <= mostDocumentBytes || (before && bytes <= Buffer.byteLength(before.document))) return
  throw errors.tooMany(
    `The ${name} would take ${inThousands(bytes)} bytes, and at most ${inThousands(mostDocumentBytes)} are stored for ` +
      'one, members aside. Nothing was changed. Send fewer or shorter values.',
  )
}

const inThousands = (number: number) => number.toLocaleString('en-US')
