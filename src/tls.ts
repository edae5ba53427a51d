import { existsSync, readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { Tls } from './app.ts'
import type { Config } from './config.ts'
import { StartError } from './listen.ts'

/** Certificate and key, when the settings name them. Throws StartError. */
export function readTls({ tlsCert, tlsKey }: Config): Tls | undefined {
  if (!tlsCert || !tlsKey) return undefined
  const tls = { cert: readPem(tlsCert, '--tls-cert'), key: readPem(tlsKey, '--tls-key') }
  try {
    createSecureContext(tls)
    return tls
  } catch (error) {
    throw new StartError(
      `${tlsCert} and ${tlsKey} are no certificate and its key (${error instanceof Error ? error.message : error}): name others, in PEM, with --tls-cert and --tls-key.`,
      { cause: error },
    )
  }
}

function readPem(path: string, flag: string): string {
  if (!existsSync(path)) throw new StartError(`There is no file ${path}: name another with ${flag}.`)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(
      `${path} can't be read: give this process the right to, or name another with ${flag}.`,
      { cause: error },
    )
  }
}
