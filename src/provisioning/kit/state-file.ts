import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import { parseJson } from '../../scim/json.ts'

export class StateError extends Error {
  override name = 'StateError'
}

export type Store<State> = {
  readonly state: State
  /** Resolves when the current state is stored durably. */
  save(): Promise<void>
}

/** A state in a file that no other process can open. */
export type StateFile<State> = Store<State> & {
  close(): Promise<void>
}

export const mapOf = <Schema extends z.ZodType>(record: Schema) =>
  z.record(z.string(), record).transform(entries => new Map(Object.entries(entries)))

export const ids = z.array(z.string()).transform(list => new Set(list))

const toJson = (_: string, value: unknown) => {
  if (value instanceof Map) return Object.fromEntries(value)
  return value instanceof Set ? [...value] : value
}

const versionSchema = z.object({ version: z.literal(1) })

type StateOptions<State> = {
  readonly job: string
  readonly schema: z.ZodType<State>
  readonly emptyState: () => State
  readonly withoutIt: string
}

export function stateFormat<State extends object>({
  job,
  schema,
  emptyState,
  withoutIt,
}: StateOptions<State>) {
  const parse = (text: string, path: string): State => {
    let json: unknown
    try {
      json = parseJson(text)
    } catch (error) {
      throw new StateError(
        `The state file ${path} is not valid JSON: ${(error as Error).message} Restore it from a copy or delete it. ${withoutIt}`,
      )
    }
    const version = versionSchema.safeParse(json)
    const read = version.success ? schema.safeParse(json) : version
    if (read.success) return read.data
    const [{ path: place = [], message = '' } = {}] = read.error.issues
    throw new StateError(`The file ${path} is not the state of ${job}: ${place.join('.')}: ${message}.`)
  }

  /** Reads the last saved state without a lock; an empty state if the file doesn't exist. Throws StateError. */
  const readStateFile = async (path: string): Promise<State> => {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return emptyState()
      throw new StateError(`The state file ${path} cannot be read: ${(error as Error).message}`)
    }
    return parse(text, path)
  }

  /** Locks the file, which each save replaces atomically. Throws StateError. */
  const openStateFile = async (path: string): Promise<StateFile<State>> => {
    const release = await lock(`${path}.lock`, path)
    try {
      const state = await readStateFile(path)
      let writing: Promise<void> = Promise.resolve()
      const save = () => {
        // Saves run one after the other; each writes the state at its start.
        const next = writing.then(() =>
          writeDurably(path, `${JSON.stringify({ version: 1, ...state }, toJson)}\n`),
        )
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

  return {
    emptyState,
    readStateFile,
    openStateFile,
    memoryStore: (): Store<State> => ({ state: emptyState(), save: async () => {} }),
  }
}

export type StateFormat<State extends object> = ReturnType<typeof stateFormat<State>>

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

/** Replaces a file atomically, with mode 600: a reader or a crash never sees a partial file. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`
  try {
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
