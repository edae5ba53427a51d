import pino, { type Logger } from 'pino'
import type { Config } from './config.ts'

/**
 * Says to standard output what happens. By `process.stdout`, since pino's own ways there hold up the end of the
 * process once nobody reads any more: by its file descriptor for ever, by its thread for ten seconds.
 */
export async function createLogger({ logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>) {
  // Who read has gone, or their disk is full: no reason to stop serving.
  process.stdout.on('error', () => {})
  const output = logFormat === 'json' ? process.stdout : await prettyOutput()
  return pino({ level: logLevel }, output) as Logger
}

async function prettyOutput() {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({ ignore: 'pid,hostname' })
  return { write: (line: string) => void process.stdout.write(pretty(line)) }
}
