import { extname } from 'node:path'
import type { Preflight } from '../../domain/contract/preflight.ts'
import {
  type FileThreadLimits,
  type FileThreadStart,
  fileThreadLimits,
  resultOfThread,
} from '../../domain/event-loop/file-thread.ts'
import type { MappingLines } from './mapping-thread.ts'
import { PreflightError, type PreflightMistake } from './preflight-error.ts'
import type { PreflightThreadData } from './thread.ts'

const fileNamed = (name: string) => new URL(`./${name}${extname(import.meta.filename)}`, import.meta.url)

/** 100,000 users, which AWS allows, take less than half of the memory and 10 to 20 seconds on a free machine. */
export const defaultLimits: FileThreadLimits = { ...fileThreadLimits, maxMilliseconds: 5 * 60_000 }

/**
 * Checks the files of a request in a thread of its own: parsing JSON, comparing a large directory and the regular expressions of a
 * mapping can't be divided into slices. An aborted check ends the thread and rejects with the signal's reason. Throws `BodyError`,
 * and `PreflightError` also if the memory of the thread or the time is not sufficient.
 */
export const preflightInThread = (
  data: PreflightThreadData,
  signal: AbortSignal,
  limits: FileThreadLimits = defaultLimits,
): Promise<Preflight> => resultOf('thread', { data, moved: [data.body.buffer], limits }, signal)

/** The lines of a mapping. A megabyte of expressions takes half a second to read. Throws as `preflightInThread`. */
export const mappingInThread = (text: string, signal: AbortSignal): Promise<MappingLines> =>
  resultOf('mapping-thread', { data: text, limits: defaultLimits }, signal)

const resultOf = <Result extends object>(
  module: string,
  start: Omit<FileThreadStart, 'module' | 'tooLarge'>,
  signal: AbortSignal,
): Promise<Result> =>
  resultOfThread<Result, Record<never, never>, PreflightMistake>(
    { ...start, module: fileNamed(module), tooLarge },
    {},
    signal,
    mistakes => new PreflightError(mistakes),
  )

const tooLarge = () =>
  new PreflightError([
    {
      part: 'files',
      message:
        'The directory is too large for the memory or the time of a check on the server. Run scimulator preflight with the files, or check fewer users at a time.',
    },
  ])
