import pino, { type Logger } from 'pino'
import type { Config } from './config.ts'

/**
 * Logs to standard output. It writes through `process.stdout`, since pino's own destinations delay the end of the
 * process after the reader of a pipe has gone: a file descriptor forever, a worker thread by ten seconds.
 */
export async function createLogger({ logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>) {
  // A closed pipe or a full disk is no reason to stop serving.
  process.stdout.on('error', () => {})
  const output = logFormat === 'json' ? process.stdout : await prettyOutput()
  return pino({ level: logLevel }, output) as Logger
}

async function prettyOutput() {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({ ignore: 'pid,hostname' })
  return { write: (line: string) => void process.stdout.write(pretty(line)) }
}
