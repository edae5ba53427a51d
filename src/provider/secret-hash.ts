import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** Some 30 ms and 16 MiB each, off the event loop. Written into every hash, so that they may grow. */
const cost = { ln: 14, r: 8, p: 1 }
const bytes = 32

/** RFC 7643 §9.2: of a secret only a slow, salted hash is kept, as PHC writes it: `$scrypt$ln=14,r=8,p=1$salt$hash`. */
export async function hashOf(text: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(text, salt, bytes, optionsOf(cost.ln, cost.r, cost.p))
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${inBase64(salt)}$${inBase64(hash)}`
}

/** Whether the hash is of this text; it takes as long whether it is or not. */
export async function isHashOf(kept: string, text: string): Promise<boolean> {
  const [, ln, r, p, salt, hash] = form.exec(kept) ?? []
  if (salt === undefined || hash === undefined) return false
  const wanted = Buffer.from(hash, 'base64')
  const options = optionsOf(Number(ln), Number(r), Number(p))
  const found = await derive(text, Buffer.from(salt, 'base64'), wanted.length, options)
  return timingSafeEqual(found, wanted)
}

const form = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

// scrypt needs 128·N·r bytes, and Node allows a little less than that by itself.
const optionsOf = (ln: number, r: number, p: number): ScryptOptions => ({
  N: 2 ** ln,
  r,
  p,
  maxmem: 256 * 2 ** ln * r,
})

const inBase64 = (buffer: Buffer) => buffer.toString('base64').replace(/=+$/, '')
