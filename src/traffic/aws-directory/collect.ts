import type { AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import type { ApplicationAssignment, AwsInstance } from '../../domain/tenants/imported.ts'
import { maxDocumentBytes } from '../../scim/document.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { createSharedTexts } from '../../scim/text.ts'
import type { ExportFile, ImportLimits } from './archive.ts'
import {
  type DirectoryMembership,
  type DirectoryPermissionSet,
  ImportError,
  type ImportMistake,
  withSharedAuthors,
} from './directory.ts'
import { readParts } from './elements.ts'
import {
  isId,
  type ReadRecord,
  RecordError,
  readAccount,
  readAccountId,
  readApplicationAssignment,
  readAssignment,
  readGroup,
  readInstance,
  readMembership,
  readPermissionSet,
  readPermissionSetArn,
  readUser,
} from './records.ts'

const maxNotes = 1000
const listedMistakes = 20
/** A second of computing time. */
const countedMistakes = 100_000

/** Notes and mistakes, which name elements by numbers in the order of reading. */
function createReport() {
  const notes: string[] = []
  const listed: ImportMistake[] = []
  let count = 0
  const lists: { readonly first: number; readonly file: string; readonly list: string }[] = []
  let elements = 0

  /** Ordered by file and line. */
  const throwMistakes = (): void => {
    if (count === 0) return
    const byFile = Map.groupBy(listed, ({ file }) => file)
    const inOrder = [...byFile.keys()]
      .sort()
      .flatMap(file => byFile.get(file)?.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)) ?? [])
    throw new ImportError(inOrder, count)
  }
  /** `describe` is only called for mistakes that are listed. */
  const add = (describe: () => ImportMistake): void => {
    if (++count <= listedMistakes) listed.push(describe())
    if (count === countedMistakes) throwMistakes()
  }
  const placeOf = (number: number) => {
    const { first = 0, file = '', list = '' } = lists.findLast(({ first }) => first <= number) ?? {}
    return { file, place: list === 'PermissionSet' ? list : `${list}[${number - first}]` }
  }
  return {
    notes,
    note(text: string): void {
      if (notes.length < maxNotes) notes.push(text)
    },
    throwMistakes,
    add,
    refuse: (file: string, message: string) => add(() => ({ file, message })),
    /** `message` gets the place of the element. */
    refuseElement: (number: number, message: (place: string) => string, line?: () => number) =>
      add(() => {
        const { file, place } = placeOf(number)
        return { file, message: message(place), ...(line && { line: line() }) }
      }),
    placeOf,
    beginList: (file: string, list: string) => lists.push({ first: elements, file, list }),
    nextElement: (): number => elements++,
  }
}

/** Elements that may occur once, each with its number. `places` has their indexes by what identifies them. */
const createTable = <Row>() => ({
  rows: [] as Row[],
  numbers: [] as number[],
  places: new Map<string, number>(),
})

/** The document is JSON text without external IDs. */
export type Kept = Omit<ReadRecord, 'document' | 'store'> & { readonly document: string }

const createCollected = () => ({
  instances: [] as AwsInstance[],
  users: createTable<Kept>(),
  groups: createTable<Kept>(),
  memberships: createTable<DirectoryMembership>(),
  /** By group, also of groups whose list has no members. */
  memberCounts: new Map<string, number>(),
  permissionSets: new Map<string, DirectoryPermissionSet>(),
  /** Those of the list, which has no names. */
  listedSets: new Set<string>(),
  accountsOfSets: new Map<string, string[]>(),
  assignments: createTable<AssignmentTarget>(),
  /** `<permission set>/<account>` of each list of assignments. */
  assignedPairs: new Set<string>(),
  applications: [] as ApplicationAssignment[],
  accounts: new Map<string, string>(),
  /** The first element of each store, and of each instance by the end of its ARN. */
  stores: new Map<string, number>(),
  instanceIds: new Map<string, number>(),
  /** The first file that has a list of this name. */
  files: new Map<string, string>(),
  manifest: {} as JsonObject,
  /** Equal objects that were accepted. */
  repeated: 0,
})

export type Collected = ReturnType<typeof createCollected>

/** Collects the records of files in any layout, and refuses what occurs twice. */
export function createCollection(limits: ImportLimits, allowEqualDuplicates: boolean | undefined) {
  const report = createReport()
  const collected = createCollected()
  const { memberCounts, stores, instanceIds, files, assignedPairs, accountsOfSets } = collected
  // A million memberships name few users, groups and authors.
  const shared = createSharedTexts()
  const most = { users: limits.objects, groups: limits.objects, ...limits }

  /** `keys` say what identifies the row. Returns whether it is new. */
  const add = <Row>(
    name: 'users' | 'groups' | 'memberships' | 'assignments',
    row: Row,
    number: number,
    keys: readonly (readonly [key: string, what: string])[],
  ): boolean => {
    const { rows, numbers, places } = collected[name] as ReturnType<typeof createTable<unknown>>
    for (const [key, what] of keys) {
      const earlier = places.get(key)
      if (earlier === undefined) continue
      const isEqual = JSON.stringify(rows[earlier]) === JSON.stringify(row)
      if (isEqual && allowEqualDuplicates) collected.repeated++
      else
        report.refuseElement(number, place => {
          const first = report.placeOf(numbers[earlier] ?? 0)
          const hint = isEqual ? ' Both are equal: --allow-equal-duplicates accepts that.' : ''
          return `${place} has ${what}, like ${first.place} of ${first.file}.${hint}`
        })
      return false
    }
    if (rows.length >= most[name]) {
      const hint = name === 'users' || name === 'groups' ? '; --max-objects raises the limit' : ''
      const message = `The export has more than ${most[name].toLocaleString('en-US')} ${name}${hint}.`
      throw new ImportError([{ file: '', message }])
    }
    for (const [key] of keys) places.set(key, rows.length)
    rows.push(row)
    numbers.push(number)
    return true
  }

  const noteFirst = (numbers: Map<string, number>, name: string | undefined, number: number) => {
    if (name !== undefined && !numbers.has(name)) numbers.set(name, number)
  }

  const addRecord = (name: 'users' | 'groups', read: ReadRecord, number: number) => {
    const { store, document, audit, ...record } = read
    noteFirst(stores, store, number)
    const row: Kept = {
      ...record,
      id: shared(record.id),
      document: JSON.stringify(document),
      ...(audit && { audit: withSharedAuthors(audit, shared) }),
    }
    // The document will list the external IDs, and have one of them.
    const bytes = Buffer.byteLength(row.document) + 2 * Buffer.byteLength(JSON.stringify(row.externalIds))
    if (bytes > maxDocumentBytes)
      throw new RecordError(` has attributes of more than ${maxDocumentBytes / 1024} KiB.`)
    add(name, row, number, [[record.id, `the ID ${record.id}`]])
  }

  const countMembers = (group: string, added: number) =>
    memberCounts.set(group, (memberCounts.get(group) ?? 0) + added)

  const addMembership = (element: Json, number: number, file: string) => {
    const { store, group, user, audit, ...rest } = readMembership(element, groupOf(file))
    noteFirst(stores, store, number)
    const membership: DirectoryMembership = {
      ...rest,
      group: shared(group),
      user: shared(user),
      ...(audit && { audit: withSharedAuthors(audit, shared) }),
    }
    const { id } = rest
    const isNew = add('memberships', membership, number, [
      [`${group} ${user}`, `the user ${user} in the group ${group}`],
      ...(id === undefined ? [] : [[id, `the MembershipId ${id}`] as const]),
    ])
    if (isNew) countMembers(membership.group, 1)
  }

  const addAssignment = (element: Json, number: number) => {
    const { instance, ...assignment } = readAssignment(element)
    const { account, permissionSet, principal } = assignment
    noteFirst(instanceIds, instance, number)
    assignedPairs.add(`${permissionSet}/${account}`)
    const key = `${permissionSet} ${account} ${principal.id}`
    add('assignments', assignment, number, [[key, 'the same assignment']])
  }

  const readers: Readonly<Record<string, (element: Json, number: number, file: string) => unknown>> = {
    Instances: element => collected.instances.push(readInstance(element)),
    Users: (element, number) => addRecord('users', readUser(element), number),
    Groups: (element, number) => addRecord('groups', readGroup(element), number),
    GroupMemberships: addMembership,
    PermissionSets: (element, number) => {
      const { id, instance } = readPermissionSetArn(element)
      noteFirst(instanceIds, instance, number)
      collected.listedSets.add(id)
    },
    PermissionSet: (element, number) => {
      const { instance, ...permissionSet } = readPermissionSet(element)
      noteFirst(instanceIds, instance, number)
      collected.permissionSets.set(permissionSet.id, permissionSet)
    },
    AccountIds: (element, _, file) => {
      const account = readAccountId(element)
      accountsOfSets.get(baseOf(file))?.push(account)
    },
    AccountAssignments: addAssignment,
    Applications: () => {},
    ApplicationAssignments: element => collected.applications.push(readApplicationAssignment(element)),
    Accounts: element => {
      const { id, name } = readAccount(element)
      collected.accounts.set(id, name)
    },
  }

  /** Returns whether it is a list of the AWS CLI. Lists without elements say by their file what they are about. */
  const begin = (list: string, file: string): boolean => {
    report.beginList(file, list)
    if (!Object.hasOwn(readers, list)) return false
    if (!files.has(list)) files.set(list, file)
    const base = baseOf(file)
    const group = groupOf(file)
    if (list === 'GroupMemberships' && group !== undefined) countMembers(group, 0)
    if (list === 'AccountIds' && base.startsWith('ps-'))
      accountsOfSets.set(base, accountsOfSets.get(base) ?? [])
    if (list === 'AccountAssignments') assignedPairs.add(`${file.split('/').at(-2)}/${base}`)
    return true
  }

  const readElement = (list: string, value: Json, line: () => number, file: string) => {
    const number = report.nextElement()
    try {
      if (Object.hasOwn(readers, list)) readers[list]?.(value, number, file)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      report.refuseElement(number, place => place + error.message, line)
    }
  }

  const readFile = (file: ExportFile) => {
    const { name } = file
    const top: [string, Json][] = []
    const skipped: Json[] = []
    let isKnown = false
    let emptyList: string | undefined
    let untitled: string | undefined
    for (const part of readParts(file, limits)) {
      if (part.kind === 'list') {
        emptyList = part.list
        isKnown = begin(part.list, name) || isKnown
        continue
      }
      let list = part.kind === 'member' ? part.place : part.list
      if (part.kind === 'member') {
        top.push([list, part.value])
        if (list !== 'PermissionSet') continue
        isKnown = begin(list, name)
      } else emptyList = undefined
      if (list === 'skipped' && skipped.length < 100) skipped.push(part.value)
      if (list === '') {
        if (untitled === undefined) isKnown = begin(listOf(part.value), name)
        untitled ??= listOf(part.value)
        list = untitled
      }
      readElement(list, part.value, part.line, name)
    }
    if (emptyList === 'GroupMemberships' && groupOf(name) === undefined)
      report.refuse(name, 'The list is empty, and the name of the file does not say of which group it is.')
    if (top.some(([member]) => member === 'scimulatorExport')) {
      collected.manifest = { ...Object.fromEntries(top), skipped }
      files.set('manifest', name)
    } else if (!isKnown) report.note(`${name} was ignored: no list of the AWS CLI.`)
  }

  return {
    ...report,
    collected,
    addFile(file: ExportFile): void {
      try {
        readFile(file)
      } catch (error) {
        if (!(error instanceof ImportError) || error.count > 1 || error.mistakes[0]?.file === '') throw error
        for (const mistake of error.mistakes) report.add(() => mistake)
      }
    },
  }
}

const baseOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1).replace(/\.json$/i, '')

const groupOf = (file: string): string | undefined => (isId(baseOf(file)) ? baseOf(file) : undefined)

/** By a member, the list that has such elements; `--query` prints a list without its name. */
const lists = {
  MemberId: 'GroupMemberships',
  ApplicationArn: 'ApplicationAssignments',
  PrincipalId: 'AccountAssignments',
  UserId: 'Users',
  GroupId: 'Groups',
  InstanceArn: 'Instances',
}

const listOf = (element: Json): string =>
  Object.entries(lists).find(([member]) => isObject(element) && Object.hasOwn(element, member))?.[1] ?? ''
