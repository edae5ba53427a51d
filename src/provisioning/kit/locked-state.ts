import { open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeAtomically } from './atomic-write.ts'

/** A state file that cannot be used; the message says why and what to do. */
export class StateError extends Error {
  override name = 'StateError'
}

/** The state of a job, in memory and in a file that no other process can open. */
export type StateFile<State> = {
  readonly state: State
  /** Resolves when the current state is stored durably. */
  save(): Promise<void>
  /** Saves the state and releases the lock. */
  close(): Promise<void>
}

export type StateFormat<State> = {
  readonly empty: () => State
  /** Throws StateError; `path` is for its message. */
  readonly parse: (text: string, path: string) => State
  readonly serialize: (state: State) => string
}

/**
 * Opens the state in a file, which is replaced atomically; empty if there is no file. Throws StateError if the file
 * cannot be read or another process has locked it.
 */
export async function openLockedState<State>(
  path: string,
  format: StateFormat<State>,
): Promise<StateFile<State>> {
  const release = await lock(`${path}.lock`, path)
  try {
    const state = await readState(path, format)
    let writing: Promise<void> = Promise.resolve()
    const save = () => {
      // Saves run one after the other; each writes the state at its start.
      const next = writing.then(() => writeDurably(path, format.serialize(state)))
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

/** The last saved state, without a lock; empty if there is no file. Throws StateError. */
export async function readState<State>(path: string, { empty, parse }: StateFormat<State>): Promise<State> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return empty()
    throw new StateError(`The state file ${path} cannot be read: ${(error as Error).message}`)
  }
  return parse(text, path)
}

async function writeDurably(path: string, text: string): Promise<void> {
  await writeAtomically(path, text)
  // The rename is durable only after the folder is synced.
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code

/** Locks held by this process. In a container a new process may have the id of the previous one. */
const heldLocks = new Set<string>()

/** Creates a lock file with the process id; a lock whose process has ended is taken over. */
async function lock(path: string, of: string): Promise<() => Promise<void>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(String(process.pid))
      await file.close()
      heldLocks.add(path)
      return async () => {
        heldLocks.delete(path)
        await rm(path, { force: true })
      }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw new StateError(`The state file ${of} cannot be locked: ${(error as Error).message}`)
      }
      const holder = await readFile(path, 'utf8').catch(() => '')
      if (attempt > 3 || isRunning(Number(holder), path)) {
        throw new StateError(
          `The state file ${of} is in use by process ${holder || '(unknown)'}. Wait until it ends; ` +
            `if there is no such process, delete ${path}.`,
        )
      }
      // Also removes the draft that the ended process was writing.
      await rm(`${of}.${holder}.tmp`, { force: true })
      await rm(path, { force: true })
    }
  }
}

function isRunning(pid: number, path: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  if (pid === process.pid) return heldLocks.has(path)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
