import { createRandom, type Random } from './generate/random.ts'
import { departments, givenNames, groupRoles, groupSubjects, offices, surnames } from './generate/words.ts'
import { guidOf } from './guid.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from './source-directory.ts'

export type DirectorySize = {
  readonly users: number
  readonly groups: number
  /** Members of each group; 100 unless told, and never more than there are users. */
  readonly groupSize?: number
  /** The same seed and sizes give the same directory, to the letter. */
  readonly seed: number
}

/**
 * An invented organisation: everybody is enabled and has a manager, but for the one at its head; every group is
 * assigned to the application, and so is whoever is in none. Names are plausible and nobody's.
 */
export function generateDirectory({ users, groups, groupSize = 100, seed }: DirectorySize): SourceDirectory {
  for (const [name, count] of Object.entries({ users, groups, groupSize, seed })) {
    const isFit = Number.isSafeInteger(count) && (count >= 0 || name === 'seed')
    if (!isFit)
      throw new RangeError(
        `${name} has to be a whole number${name === 'seed' ? '' : ' of 0 or more'}, not ${count}.`,
      )
  }
  const random = createRandom(seed)
  const idOf = (kind: string, index: number) => guidOf(`${seed} ${kind} ${index}`)
  const people = generateUsers(users, random, index => idOf('user', index))
  const teams = generateGroups(groups, groupSize, people, random, index => idOf('group', index))
  const inSomeGroup = new Set(teams.flatMap(({ members }) => members))
  const alone = people.filter(({ objectId }) => !inSomeGroup.has(objectId))
  return {
    users: people,
    groups: teams,
    assignments: [...teams, ...alone].map(({ objectId }) => ({ principal: objectId })),
  }
}

const reportsPerManager = 8
const domain = 'generated.example'

function generateUsers(
  count: number,
  random: Random,
  idOf: (index: number) => string,
): readonly SourceUser[] {
  const aliases = new Map<string, number>()
  return Array.from({ length: count }, (_, index) => {
    const givenName = random.oneOf(givenNames)
    const surname = random.oneOf(surnames)
    const alias = firstFree(plainLetters(`${givenName}.${surname}`), aliases)
    const place = random.oneOf(offices)
    return {
      objectId: idOf(index),
      accountEnabled: true,
      attributes: {
        userPrincipalName: `${alias}@${domain}`,
        mail: `${alias}@${domain}`,
        mailNickname: alias,
        displayName: `${givenName} ${surname}`,
        givenName,
        surname,
        ...jobOf(index, count, random),
        employeeId: String(100000 + index),
        telephoneNumber: `+1 555 ${String(1000000 + index)}`,
        city: place.city,
        country: place.country,
        usageLocation: place.usageLocation,
        preferredLanguage: place.language,
        physicalDeliveryOfficeName: `${place.city} ${random.below(9) + 1}`,
        userType: 'Member',
      },
      ...(index === 0 ? {} : { manager: idOf(Math.floor((index - 1) / reportsPerManager)) }),
    }
  })
}

/** One at the head, then the heads of departments, then those whom others report to, then everybody else. */
function jobOf(index: number, count: number, random: Random): { jobTitle: string; department: string } {
  const [department, jobs] = random.oneOf(departments)
  if (index === 0) return { jobTitle: 'Managing Director', department: 'Management' }
  if (index <= reportsPerManager) return { jobTitle: `Head of ${department}`, department }
  const leads = index * reportsPerManager + 1 < count
  return { jobTitle: leads ? `${department} Team Lead` : random.oneOf(jobs), department }
}

function generateGroups(
  count: number,
  size: number,
  people: readonly SourceUser[],
  random: Random,
  idOf: (index: number) => string,
): readonly SourceGroup[] {
  const names = new Map<string, number>()
  return Array.from({ length: count }, (_, index) => {
    const displayName = firstFree(`${random.oneOf(groupSubjects)} ${random.oneOf(groupRoles)}`, names, ' ')
    return {
      objectId: idOf(index),
      attributes: {
        displayName,
        mailNickname: displayName.replaceAll(' ', '-').toLowerCase(),
        mailEnabled: false,
        securityEnabled: true,
      },
      members: random
        .different(Math.min(size, people.length), people.length)
        .flatMap(at => people[at]?.objectId ?? []),
    }
  })
}

/** The name itself the first time, then with 2, 3, … behind it. No word ends in a digit, so none comes twice. */
function firstFree(name: string, given: Map<string, number>, gap = ''): string {
  const times = (given.get(name) ?? 0) + 1
  given.set(name, times)
  return times === 1 ? name : `${name}${gap}${times}`
}

/** `josé.d'angelo` as an alias: `jose.dangelo`. */
const plainLetters = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^a-zA-Z.-]/g, '')
    .toLowerCase()
