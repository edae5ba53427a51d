import type { ResourceLimits } from 'node:worker_threads'

/** The memory of a thread that reads files of clients. It ends the thread before it ends the process. */
export const fileThreadLimits: ResourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 }

export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
