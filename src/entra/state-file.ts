import { open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { emptyState, type JobState, type JobStore } from './job-state.ts'
import { readState, StateError, writtenState } from './state-text.ts'
import { writeWhole } from './write-whole.ts'

export { StateError } from './state-text.ts'

export type StateFile = JobStore & {
  /** Saves, and lets others have the file. */
  close(): Promise<void>
}

/**
 * The state of a job as one JSON file. It is replaced as a whole, so that whatever ends the process leaves the old one
 * or the new one. Throws StateError when the file cannot be read, or another process works with it.
 */
export async function openStateFile(path: string): Promise<StateFile> {
  const release = await lock(`${path}.lock`, path)
  try {
    const state = await stateIn(path)
    let writing: Promise<void> = Promise.resolve()
    const save = () => {
      // One after the other, each with the state of its own time.
      const next = writing.then(() => write(path, state))
      writing = next.catch(() => {})
      return next
    }
    const close = async () => {
      try {
        await save()
      } finally {
        await release()
      }
    }
    return { state, save, close }
  } catch (error) {
    await release()
    throw error
  }
}

async function stateIn(path: string): Promise<JobState> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return emptyState()
    throw new StateError(`The state file ${path} cannot be read: ${(error as Error).message}`)
  }
  return readState(text, path)
}

async function write(path: string, state: JobState): Promise<void> {
  await writeWhole(path, writtenState(state))
  // The new name is on disk only when the folder is.
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code

/** Locks that this process holds. In a container every process may have the same id as the one before. */
const held = new Set<string>()

/** A file with the process's id: one whose process is gone is nobody's. */
async function lock(path: string, of: string): Promise<() => Promise<void>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(String(process.pid))
      await file.close()
      held.add(path)
      return async () => {
        held.delete(path)
        await rm(path, { force: true })
      }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw new StateError(`The state file ${of} cannot be locked: ${(error as Error).message}`)
      }
      const holder = await readFile(path, 'utf8').catch(() => '')
      if (attempt > 3 || isRunning(Number(holder), path)) {
        throw new StateError(
          `The state file ${of} is in use by process ${holder || '(unknown)'}. Wait until it ends` +
            `; if there is no such process, remove ${path}.`,
        )
      }
      // What it was writing when it ended goes with its lock.
      await rm(`${of}.${holder}.tmp`, { force: true })
      await rm(path, { force: true })
    }
  }
}

function isRunning(pid: number, path: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  if (pid === process.pid) return held.has(path)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
