import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Drift, operations as driftOperations, type PreviousDrift } from '../../domain/contract/drift.ts'
import { parseBody } from '../../domain/contract/problem.ts'
import { operations, type RehearsalInput, rehearsalSchema } from '../../domain/contract/rehearsal.ts'
import { sendResult } from '../../domain/event-loop/file-thread.ts'
import { writeLargeObject } from '../../domain/event-loop/written-json.ts'
import type { ProfileName } from '../../profiles/names.ts'
import { loadProfile } from '../../profiles/registry.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import { compact } from '../../scim/json.ts'
import { keepTexts } from '../../storage/sqlite/scratch.ts'
import type { ExportSource } from '../../traffic/aws-directory/archive.ts'
import {
  type Audit,
  type AwsDirectory,
  type DirectoryMembership,
  type DirectoryRecord,
  ImportError,
} from '../../traffic/aws-directory/directory.ts'
import {
  directoryOfTenant,
  type TenantFacts,
  type TenantReads,
} from '../../traffic/aws-directory/of-tenant.ts'
import { type ReadOptions, readAwsExport } from '../../traffic/aws-directory/read.ts'
import { findDrift } from '../drift/drift.ts'
import { RehearsalError, type RehearsalMistake } from './played.ts'
import { rehearse } from './rehearse.ts'
import type { Run } from './setup.ts'

/** `body` and `progress` are moved to the thread. With an export, `body` is a `RehearsalInput`, which is not checked. */
export type RehearsalThreadData = {
  /** A body can have another previous report. */
  readonly kind:
    | { readonly name: 'rehearsal' }
    | { readonly name: 'drift'; readonly previous?: PreviousDrift }
  readonly body: Uint8Array<ArrayBuffer>
  readonly now: number
  readonly target:
    | { readonly tenant: TenantFacts }
    | { readonly source: ExportSource; readonly options: ReadOptions }
  /** Gets the arguments of `OnProgress`. */
  readonly progress?: MessagePort
  readonly profile: {
    readonly name: ProfileName
    readonly switches: Readonly<Record<string, string>>
    readonly declared: Declarations
  }
}

/** As objects, the report of 100,000 users would be 60 MB of garbage in the thread that serves the clients. */
export type WrittenRehearsal = { readonly json: readonly string[] }

async function play(
  { kind, body, now, target, progress, profile: { name, switches, declared } }: RehearsalThreadData,
  reads: TenantReads,
): Promise<WrittenRehearsal | Drift> {
  const profile = loadProfile(name, switches, declared)
  const run: Run = {
    // The starter ends the thread.
    signal: new AbortController().signal,
    onProgress: (...args) => progress?.postMessage(args),
  }
  if (kind.name === 'drift') {
    const { files, client, ...input } = parseBody(takeBody(body), driftOperations.drift.body)
    const source = { files: files.map(storedFile), client }
    const directory = withStoredDocuments(await directoryOf(target, reads))
    const { previous } = kind
    const request = { directory, profile, now, source, ...compact({ previous }), ...compact(input) }
    return findDrift(request, run)
  }
  const { at, ...input } = readInput(body, target)
  const directory = await readLean(target, reads)
  const start = at === undefined ? now : Date.parse(at)
  const object = await rehearse({ ...compact(input), directory, profile, now: start }, run)
  const json: string[] = []
  for await (const portion of writeLargeObject({ schema: rehearsalSchema, object })) json.push(portion)
  return { json }
}

const texts = keepTexts()

/** A record whose document is on disk: it is read a few times, and those of 100,000 users would take 35 MB of memory. */
class StoredRecord implements DirectoryRecord {
  readonly id: string
  readonly audit?: Audit
  readonly statusUnknown?: true
  readonly #place: number
  constructor({ id, document, audit, statusUnknown }: DirectoryRecord) {
    this.id = id
    if (audit) this.audit = audit
    if (statusUnknown) this.statusUnknown = statusUnknown
    this.#place = texts.add(document)
  }
  get document(): string {
    return texts.get(this.#place)
  }
}

/** Memberships in the order of joining. IDs and authors of 300,000 would take 90 MB, and an object for each 12 MB. */
function createPairs() {
  const ids: string[] = []
  return {
    add: (group: string, user: string) => void ids.push(group, user),
    get length(): number {
      return ids.length / 2
    },
    *[Symbol.iterator](): Generator<DirectoryMembership> {
      const rest = ids.values()
      for (const group of rest) yield { group, user: rest.next().value ?? '' }
    },
  }
}

/** Files are read once, too. */
const storedFile = ({ name, text }: RehearsalInput['files'][number]) => {
  const place = texts.add(text)
  return {
    name,
    get text() {
      return texts.get(place)
    },
  }
}

/** Moves it: the data of the thread lives as long as the thread does. */
const takeBody = ({ buffer }: Uint8Array<ArrayBuffer>) => new Uint8Array(buffer.transfer())

function readInput(body: Uint8Array<ArrayBuffer>, target: RehearsalThreadData['target']): RehearsalInput {
  const bytes = takeBody(body)
  const input: RehearsalInput =
    'tenant' in target
      ? parseBody(bytes, operations.rehearse.body)
      : JSON.parse(new TextDecoder().decode(bytes))
  return { ...input, files: input.files.map(storedFile) }
}

async function readLean(target: RehearsalThreadData['target'], reads: TenantReads): Promise<AwsDirectory> {
  const directory = withStoredDocuments(await directoryOf(target, reads))
  const memberships = createPairs()
  for (const { group, user } of directory.memberships) memberships.add(group, user)
  return { ...directory, memberships }
}

const withStoredDocuments = (directory: AwsDirectory): AwsDirectory => ({
  ...directory,
  users: new Map([...directory.users].map(([id, record]) => [id, new StoredRecord(record)])),
})

const directoryOf = (target: RehearsalThreadData['target'], reads: TenantReads): Promise<AwsDirectory> =>
  'tenant' in target ? directoryOfTenant(target.tenant, reads) : readAwsExport(target.source, target.options)

function mistakesOf(error: unknown): readonly RehearsalMistake[] | undefined {
  if (error instanceof RehearsalError) return error.mistakes
  return error instanceof ImportError ? error.lines.map(message => ({ part: 'files', message })) : undefined
}

const reads = ['identities', 'authors', 'memberships', 'assignments', 'permissionSets'] as const

/** Each has 64 KB. */
const portionsPerMessage = 10

if (parentPort) {
  const { kind }: RehearsalThreadData = workerData
  await sendResult<TenantReads, RehearsalMistake>(
    parentPort,
    reads,
    through => play(workerData, through),
    mistakesOf,
    kind.name === 'rehearsal' ? portionsPerMessage : undefined,
  )
}
