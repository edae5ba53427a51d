import type { AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import type { ApplicationAssignment, AwsInstance } from '../../domain/tenants/imported.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { ExportFile, ImportLimits } from './archive.ts'
import {
  type DirectoryMembership,
  type DirectoryPermissionSet,
  ImportError,
  type ImportMistake,
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

const listedMistakes = 20
/** A second of computing time. */
const countedMistakes = 100_000

export type Mistakes = {
  /** `describe` is only called for mistakes that are listed. */
  add(describe: () => ImportMistake): void
  /** Throws `ImportError` if there are any, ordered by file and line. */
  throwAny(): void
}

export function createMistakes(): Mistakes {
  const listed: ImportMistake[] = []
  let count = 0
  const throwAny = () => {
    if (count === 0) return
    const byFile = Map.groupBy(listed, ({ file }) => file)
    const inOrder = [...byFile.keys()]
      .sort()
      .flatMap(file => byFile.get(file)?.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)) ?? [])
    throw new ImportError(inOrder, count)
  }
  return {
    add(describe) {
      if (++count <= listedMistakes) listed.push(describe())
      if (count === countedMistakes) throwAny()
    },
    throwAny,
  }
}

/** Numbers elements in the order of reading, and knows the file and the place of each. */
function createPlaces() {
  const lists: { readonly first: number; readonly file: string; readonly list: string }[] = []
  let count = 0
  return {
    begin(file: string, list: string): void {
      lists.push({ first: count, file, list })
    },
    next: (): number => count++,
    at(number: number): { readonly file: string; readonly place: string } {
      const { first = 0, file = '', list = '' } = lists.findLast(({ first }) => first <= number) ?? {}
      return { file, place: list === 'PermissionSet' ? list : `${list}[${number - first}]` }
    },
  }
}

type Kept = Omit<ReadRecord, 'document' | 'store'> & {
  /** JSON text without external IDs. */
  readonly document: string
  readonly number: number
}

/** Numbers are those of elements, for messages. */
const createCollected = () => ({
  instances: [] as AwsInstance[],
  users: new Map<string, Kept>(),
  groups: new Map<string, Kept>(),
  memberships: [] as DirectoryMembership[],
  membershipNumbers: [] as number[],
  /** The index of each membership by group and user, also of groups whose list has no members. */
  members: new Map<string, Map<string, number>>(),
  permissionSets: new Map<string, DirectoryPermissionSet>(),
  /** Those of the list, which has no names. */
  listedSets: new Set<string>(),
  accountsOfSets: new Map<string, string[]>(),
  assignments: new Map<string, AssignmentTarget & { readonly number: number }>(),
  /** `<permission set> <account>` of each list of assignments. */
  assignedPairs: new Set<string>(),
  applications: [] as ApplicationAssignment[],
  accounts: new Map<string, string>(),
  /** The first element of each store, and of each instance by the end of its ARN. */
  stores: new Map<string, number>(),
  instanceIds: new Map<string, number>(),
  /** The first file that has a list of this name. */
  files: new Map<string, string>(),
  manifest: undefined as JsonObject | undefined,
  /** Equal objects that were accepted. */
  repeated: 0,
})

export type Collected = Readonly<ReturnType<typeof createCollected>>

type CollectOptions = { readonly allowEqualDuplicates?: boolean; note(text: string): void }

/** Collects the records of files in any layout, and refuses what occurs twice. */
export function createCollection(
  limits: ImportLimits,
  mistakes: Mistakes,
  { allowEqualDuplicates, note }: CollectOptions,
) {
  const places = createPlaces()
  const collected = createCollected()
  const { users, groups, memberships, membershipNumbers, members, stores, instanceIds, files } = collected
  const { assignments, assignedPairs, accountsOfSets } = collected
  const membershipIds = new Map<string, number>()
  const texts = new Map<string, string>()

  const refuse = (number: number, message: (place: string) => string, line?: () => number) =>
    mistakes.add(() => {
      const { file, place } = places.at(number)
      return { file, message: message(place), ...(line && { line: line() }) }
    })

  const repeat = (number: number, earlier: number, what: string, isEqual: boolean) => {
    if (isEqual && allowEqualDuplicates) {
      collected.repeated++
      return
    }
    refuse(number, place => {
      const first = places.at(earlier)
      const hint = isEqual ? ' Both are equal: --allow-equal-duplicates accepts that.' : ''
      return `${place} has ${what}, like ${first.place} of ${first.file}.${hint}`
    })
  }

  const limit = (count: number, most: number, what: string) => {
    if (count < most) return
    const hint = what === 'users' || what === 'groups' ? '; --max-objects raises the limit' : ''
    const message = `The export has more than ${most.toLocaleString('en-US')} ${what}${hint}.`
    throw new ImportError([{ file: '', message }])
  }

  /** One string for equal ones: a million memberships name few users, groups and authors. */
  const shared = <Text extends string | undefined>(text: Text): Text => {
    if (text === undefined) return text
    const known = texts.get(text)
    if (known === undefined) texts.set(text, text)
    return (known ?? text) as Text
  }

  const noteFirst = (numbers: Map<string, number>, name: string | undefined, number: number) => {
    if (name !== undefined && !numbers.has(name)) numbers.set(name, number)
  }

  const addRecord = (
    known: Map<string, Kept>,
    what: 'user' | 'group',
    { store, document, ...record }: ReadRecord,
    number: number,
  ) => {
    noteFirst(stores, store, number)
    const next = { ...record, document: JSON.stringify(document), number }
    const earlier = known.get(record.id)
    if (earlier) {
      const isEqual = JSON.stringify({ ...earlier, number }) === JSON.stringify(next)
      return repeat(number, earlier.number, `the ID ${record.id}`, isEqual)
    }
    limit(known.size, limits.objects, `${what}s`)
    known.set(record.id, next)
  }

  const membersOf = (group: string): Map<string, number> => {
    const known = members.get(group) ?? new Map()
    members.set(group, known)
    return known
  }

  const addMembership = (element: Json, number: number, file: string) => {
    const { store, group, user, audit, ...rest } = readMembership(element, groupOf(file))
    noteFirst(stores, store, number)
    const membership: DirectoryMembership = {
      ...rest,
      group: shared(group),
      user: shared(user),
      ...(audit && {
        audit: compact({ ...audit, by: shared(audit.by), updatedBy: shared(audit.updatedBy) }),
      }),
    }
    const ofGroup = membersOf(membership.group)
    const samePair = ofGroup.get(user)
    const earlier = samePair ?? membershipIds.get(rest.id ?? '')
    if (earlier !== undefined) {
      const isEqual = JSON.stringify(memberships[earlier]) === JSON.stringify(membership)
      const what =
        samePair === undefined ? `the MembershipId ${rest.id}` : `the user ${user} in the group ${group}`
      return repeat(number, membershipNumbers[earlier] ?? 0, what, isEqual)
    }
    limit(memberships.length, limits.memberships, 'memberships')
    ofGroup.set(membership.user, memberships.length)
    if (rest.id !== undefined) membershipIds.set(rest.id, memberships.length)
    memberships.push(membership)
    membershipNumbers.push(number)
  }

  const addAssignment = (element: Json, number: number) => {
    const { instance, ...assignment } = readAssignment(element)
    const { account, permissionSet, principal } = assignment
    noteFirst(instanceIds, instance, number)
    assignedPairs.add(`${permissionSet} ${account}`)
    const name = `${permissionSet} ${account} ${principal.id}`
    const earlier = assignments.get(name)
    if (earlier) return repeat(number, earlier.number, 'the same assignment', true)
    limit(assignments.size, limits.assignments, 'assignments')
    assignments.set(name, { ...assignment, number })
  }

  const readers: Readonly<Record<string, (element: Json, number: number, file: string) => void>> = {
    Instances: element => {
      collected.instances.push(readInstance(element))
    },
    Users: (element, number) => addRecord(users, 'user', readUser(element), number),
    Groups: (element, number) => addRecord(groups, 'group', readGroup(element), number),
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
    ApplicationAssignments: element => {
      collected.applications.push(readApplicationAssignment(element))
    },
    Accounts: element => {
      const { id, name } = readAccount(element)
      collected.accounts.set(id, name)
    },
  }

  /** Returns whether it is a list of the AWS CLI. Lists without elements say by their file what they are about. */
  const begin = (list: string, file: string): boolean => {
    places.begin(file, list)
    if (!Object.hasOwn(readers, list)) return false
    if (!files.has(list)) files.set(list, file)
    const base = baseOf(file)
    const group = groupOf(file)
    if (list === 'GroupMemberships' && group !== undefined) membersOf(group)
    if (list === 'AccountIds' && base.startsWith('ps-'))
      accountsOfSets.set(base, accountsOfSets.get(base) ?? [])
    if (list === 'AccountAssignments') assignedPairs.add(`${file.split('/').at(-2)} ${base}`)
    return true
  }

  const readElement = (list: string, value: Json, line: () => number, file: string) => {
    const number = places.next()
    try {
      if (Object.hasOwn(readers, list)) readers[list]?.(value, number, file)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      refuse(number, place => place + error.message, line)
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
      } else if (part.kind === 'member') {
        top.push([part.place, part.value])
        if (part.place !== 'PermissionSet') continue
        isKnown = begin(part.place, name)
        readElement(part.place, part.value, part.line, name)
      } else {
        emptyList = undefined
        if (part.list === 'skipped' && skipped.length < 100) skipped.push(part.value)
        if (part.list === '' && untitled === undefined) {
          untitled = listOf(part.value)
          isKnown = begin(untitled, name)
        }
        readElement(part.list || (untitled ?? ''), part.value, part.line, name)
      }
    }
    if (emptyList === 'GroupMemberships' && groupOf(name) === undefined) {
      const message = 'The list is empty, and the name of the file does not say of which group it is.'
      mistakes.add(() => ({ file: name, message }))
    }
    if (top.some(([member]) => member === 'scimulatorExport')) {
      collected.manifest = { ...Object.fromEntries(top), skipped }
      files.set('manifest', name)
    } else if (!isKnown) note(`${name} was ignored: no list of the AWS CLI.`)
  }

  return {
    add(file: ExportFile): void {
      try {
        readFile(file)
      } catch (error) {
        if (!(error instanceof ImportError) || error.count > 1 || error.mistakes[0]?.file === '') throw error
        for (const mistake of error.mistakes) mistakes.add(() => mistake)
      }
    },
    collected: collected as Collected,
    refuse,
  }
}

const baseOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1).replace(/\.json$/i, '')

const groupOf = (file: string): string | undefined => (isId(baseOf(file)) ? baseOf(file) : undefined)

/** The list that has such elements; `--query` prints a list without its name. */
function listOf(element: Json): string {
  if (!isObject(element)) return ''
  const names: readonly (readonly [member: string, list: string])[] = [
    ['MemberId', 'GroupMemberships'],
    ['ApplicationArn', 'ApplicationAssignments'],
    ['PrincipalId', 'AccountAssignments'],
    ['UserId', 'Users'],
    ['GroupId', 'Groups'],
    ['InstanceArn', 'Instances'],
  ]
  return names.find(([member]) => Object.hasOwn(element, member))?.[1] ?? ''
}
