import pino, { type Logger } from 'pino'
import type { Config } from './config.ts'

/**
 * Logs to standard output, or to standard error. It writes through `process.stdout`, since pino's own destinations delay
 * the end of the process after the reader of a pipe has gone: a file descriptor forever, a worker thread by ten seconds.
 */
export async function createLogger(
  { logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>,
  stream: NodeJS.WriteStream = process.stdout,
) {
  // A closed pipe or a full disk is no reason to stop serving.
  stream.on('error', () => {})
  const output = logFormat === 'json' ? stream : await prettyOutput(stream)
  return pino({ level: logLevel, timestamp }, output) as Logger
}

/** Programs that collect logs read `iso`; `time` is that of earlier versions. */
function timestamp(): string {
  const now = new Date()
  return `,"time":${now.getTime()},"iso":"${now.toISOString()}"`
}

async function prettyOutput(stream: NodeJS.WriteStream) {
  // A bundled CommonJS module has only its default export.
  const { default: pinoPretty } = await import('pino-pretty')
  const pretty = pinoPretty.prettyFactory({ ignore: 'pid,hostname,iso', singleLine: true })
  return { write: (line: string) => void stream.write(pretty(line)) }
}
