import { readFileSync } from 'node:fs'
import type { RecordingSource } from '../../traffic/recordings/read.ts'
import { wrongUse } from './cli-error.ts'

/** An unusable file is invalid use: exit code 2. */
export async function readRecordingFile(file: string): Promise<RecordingSource> {
  const { readRecordingSource } = await import('../../traffic/recordings/read.ts')
  const { UnusableRecording } = await import('../../traffic/recordings/errors.ts')
  try {
    return readRecordingSource(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    if (error instanceof UnusableRecording) throw wrongUse(`Cannot use ${file}. ${error.message}`)
    const { code, message } = error as NodeJS.ErrnoException
    throw wrongUse(`Cannot read ${file} (${code ?? message}).`)
  }
}
