import { type AwsDirectory, ImportError } from '../../src/traffic/aws-directory/directory.ts'
import { readAwsExport } from '../../src/traffic/aws-directory/read.ts'
import { awsExport, type ExportedFile, exportFiles, tarOf, userId } from './aws-export.ts'

const springfield = exportFiles(
  awsExport({
    users: [
      { userName: 'zoë@springfield.example', externalId: '00u1', more: { NickName: 'Zoë "Z" \\ 😀' } },
      { userName: 'ned@springfield.example', active: false },
      'homer@springfield.example',
    ],
    groups: [{ displayName: 'Opérateurs', externalId: '00g1' }, 'Plant', 'Empty'],
    members: {
      Opérateurs: ['zoë@springfield.example', 'ned@springfield.example'],
      Plant: ['homer@springfield.example'],
    },
    assignments: [
      { to: 'Opérateurs' },
      { to: 'Plant', account: '222222222222' },
      { to: 'ned@springfield.example', permissionSet: 'Admin' },
      { to: userId('deleted'), permissionSet: 'Admin', account: '222222222222' },
    ],
    accounts: { '111111111111': 'Centrale', '222222222222': 'Café' },
  }),
)

const textOf = ({ bytes }: ExportedFile): string => Buffer.from(bytes).toString()

const withMember = (text: string, value: unknown): string =>
  text.replace('{', () => `{"Added": ${JSON.stringify(value)},`)

type Random = (below: number) => number

/** Each gets all files and the index of one, and returns all files. */
type Damage = (files: readonly ExportedFile[], at: number, random: Random) => readonly ExportedFile[]

const changing =
  (change: (file: ExportedFile, random: Random) => string | Uint8Array): Damage =>
  (files, at, random) =>
    files.map((file, nth) =>
      nth === at ? { name: file.name, bytes: Buffer.from(change(file, random)) } : file,
    )

const damages: Readonly<Record<string, Damage>> = {
  cut: changing(({ bytes }, random) => bytes.subarray(0, random(bytes.length))),
  swapped: (files, at, random) => {
    const other = random(files.length)
    const bytesAt = (nth: number) => (files[nth] as ExportedFile).bytes
    return files.map(({ name, bytes }, nth) => ({
      name,
      bytes: nth === at ? bytesAt(other) : nth === other ? bytesAt(at) : bytes,
    }))
  },
  doubled: (files, at, random) => {
    const file = files[at] as ExportedFile
    if (random(2) === 0) return [...files, { name: `copy/${file.name}`, bytes: file.bytes }]
    return changing(file => textOf(file).repeat(2))(files, at, random)
  },
  encoded: changing((file, random) => {
    const text = textOf(file)
    const marked = Buffer.from(`\ufeff${text}`, 'utf16le')
    const encodings = [
      marked,
      Buffer.from(marked).swap16(),
      marked.subarray(2),
      Buffer.from(text, 'latin1'),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text.replaceAll('\n', '\r\n')),
    ]
    return encodings[random(encodings.length)] as Buffer
  }),
  deeper: changing((file, random) => {
    let nested: unknown = []
    for (let levels = 31 + random(100); levels > 0; levels--) nested = [nested]
    return withMember(textOf(file), nested)
  }),
  larger: changing((file, random) =>
    withMember(textOf(file), ['x'.repeat(1024 * 1024 + 1), { list: Array(2_500_000).fill(1) }][random(2)]),
  ),
}

export const damageKinds = Object.keys(damages)

/** Results do not depend on the order of files. */
const comparable = ({ notes: _, users, groups, permissionSets, accounts, ...rest }: AwsDirectory) => {
  const inOrder = (items: Iterable<unknown>) => [...items].map(item => JSON.stringify(item)).sort()
  return JSON.stringify({
    ...rest,
    records: [users, groups, permissionSets, accounts, rest.issuers].map(inOrder),
    rows: [rest.memberships, rest.assignments, rest.membersUnknown].map(inOrder),
    memberships: [],
    assignments: [],
  })
}

const read = (files: readonly ExportedFile[]) => readAwsExport({ name: 'export.tar', bytes: tarOf(files) })

const undamaged = comparable(await read(springfield))

type Outcome = { readonly kind: string; readonly file: string } & (
  | { readonly outcome: 'equal' }
  | { readonly outcome: 'refused' | 'wrong'; readonly message: string }
)

/** Damages one file of an export, and reads it: it must be refused with a message that names a file, or read as if undamaged. */
export async function readDamaged(number: number): Promise<Outcome> {
  let state = number * 2_654_435_761
  const random: Random = below => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return (state >>> 4) % below
  }
  const kind = damageKinds[number % damageKinds.length] as string
  const at = random(springfield.length)
  const facts = { kind, file: springfield[at]?.name ?? '' }
  try {
    const damaged = damages[kind]?.(springfield, at, random) ?? []
    const isEqual = comparable(await read(damaged)) === undamaged
    return isEqual
      ? { ...facts, outcome: 'equal' }
      : { ...facts, outcome: 'wrong', message: 'It was read otherwise.' }
  } catch (error) {
    if (!(error instanceof ImportError)) throw error
    const isNamed = error.mistakes.length > 0 && error.mistakes.every(({ file }) => file.endsWith('.json'))
    return { ...facts, outcome: isNamed ? 'refused' : 'wrong', message: error.message }
  }
}

/** Reads this many damaged exports. Returns whether none was read otherwise. */
export async function proveDamaged(runs: number, print: (line: string) => void): Promise<boolean> {
  const counts = new Map<string, number>()
  for (let number = 0; number < runs; number++) {
    const result = await readDamaged(number)
    const name = `${result.kind} ${result.outcome}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (result.outcome === 'wrong') print(`${number}: ${result.kind} ${result.file}: ${result.message}`)
  }
  for (const [name, count] of [...counts].sort()) print(`${name}: ${count}`)
  return ![...counts.keys()].some(name => name.endsWith(' wrong'))
}
