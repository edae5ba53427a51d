import { deriveGuid, type SourceDirectory, type SourceGroup, type SourceUser } from './source-directory.ts'

type Random = {
  readonly below: (end: number) => number
  readonly oneOf: <Items extends readonly [unknown, ...unknown[]]>(items: Items) => Items[number]
  /** `count` different whole numbers below `end`, or all of them; the cost grows with `count` alone. */
  readonly different: (count: number, end: number) => readonly number[]
}

/** SplitMix32. Suitable for sample data, not for secrets. */
export function createRandom(seed: number): Random {
  let state = Math.trunc(seed) | 0
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const below = (end: number) => Math.floor((next() / 2 ** 32) * end)
  return {
    below,
    oneOf: items => items[below(items.length)],
    // Floyd's sampling: each round adds a number, or the round's last one if the number was added before.
    different: (count, end) => {
      const taken = new Set<number>()
      for (let last = Math.max(0, end - count); last < end; last++) {
        const number = below(last + 1)
        taken.add(taken.has(number) ? last : number)
      }
      return [...taken]
    },
  }
}

type WordList = readonly [string, ...string[]]

const wordList = (text: string): WordList => {
  const [first = '', ...others] = text.trim().split(/\s+/)
  return [first, ...others]
}

/** Includes apostrophes, accents and hyphens, which often break integrations. */
const givenNames = wordList(`
  Ada Aisha Alejandro Amara Anna Anders Björn Camille Carlos Chiara Chloé Claire Daniel Deepa Diego Elif Emma Erik
  Esther Fatima Felix Fiona Freya Gabriel Grace Hana Hannah Henrik Hugo Ibrahim Ines Ingrid Isabel Ivan Jack Jamal
  Jan Jean-Luc José Julia Kaito Karin Kofi Laila Lars Laura Leon Lena Liam Lucía Maja Malik Marek Maria Mateo Mei
  Milan Mira Mohamed Nadia Naomi Nils Nina Noah Nora Olga Oliver Omar Oscar Paolo Petra Priya Rafael Rania Renée
  Robin Rosa Ruth Samuel Sana Sara Sean Sofia Soren Stella Sven Tara Thomas Tomás Uma Vera Viktor Wei William Yara
  Yusuf Zara Zoë`)

const surnames = wordList(`
  Abbott Adeyemi Almeida Andersen Bakker Baptiste Barros Becker Bergström Bianchi Blackwood Bouchard Brandt Byrne
  Campbell Castillo Chandra Chen Clarke Cohen Costa Cruz Dahl Das Delgado Diallo Duarte Dubois D'Angelo Eriksson
  Farah Fernández Fischer Fitzgerald Fontaine Foster Fraser García Gauthier González Greene Gupta Haddad Hansen
  Hassan Hoffmann Horvat Hughes Ibsen Ivanova Jansen Jensen Johansson Kaur Keller Kim Kimura Klein Kovács Kowalski
  Kruger Kumar Lambert Larsen Laurent Lehmann Lindqvist López MacDonald Mancini Marchetti Martin Mbeki Mehta Mendes
  Meyer Moreau Morgan Müller Murphy Nakamura Nguyen Nielsen Novák Nowak Núñez O'Brien O'Connor Okafor Olsen Osman
  Özdemir Park Patel Pereira Petrov Popescu Quinn Ramírez Rao Rossi Russo Said Sánchez Santos Sato Schmidt Schneider
  Sharma Silva Singh Smith-Jones Sokolov Sousa Suzuki Svensson Takahashi Tanaka Tóth Turner Usman Varga Vasquez
  Virtanen Wagner Walsh Watanabe Weber Williams Wolf Wong Wright Yamamoto Yilmaz Young Zhang Zimmermann`)

const departments = [
  ['Engineering', ['Software Engineer', 'Test Engineer', 'Site Reliability Engineer']],
  ['Finance', ['Accountant', 'Financial Analyst', 'Payroll Clerk']],
  ['Human Resources', ['Recruiter', 'Personnel Officer', 'Training Officer']],
  ['Information Security', ['Security Analyst', 'Security Engineer', 'Auditor']],
  ['IT Operations', ['Systems Administrator', 'Network Engineer', 'Help Desk Technician']],
  ['Legal', ['Legal Counsel', 'Paralegal', 'Contracts Officer']],
  ['Logistics', ['Dispatcher', 'Warehouse Planner', 'Buyer']],
  ['Marketing', ['Copywriter', 'Event Planner', 'Market Researcher']],
  ['Research', ['Scientist', 'Laboratory Technician', 'Statistician']],
  ['Sales', ['Account Executive', 'Sales Engineer', 'Inside Sales Representative']],
] as const

const offices = [
  { city: 'Amsterdam', country: 'Netherlands', usageLocation: 'NL', language: 'nl-NL' },
  { city: 'Dublin', country: 'Ireland', usageLocation: 'IE', language: 'en-IE' },
  { city: 'Lisbon', country: 'Portugal', usageLocation: 'PT', language: 'pt-PT' },
  { city: 'Munich', country: 'Germany', usageLocation: 'DE', language: 'de-DE' },
  { city: 'Osaka', country: 'Japan', usageLocation: 'JP', language: 'ja-JP' },
  { city: 'Toronto', country: 'Canada', usageLocation: 'CA', language: 'en-CA' },
] as const

const groupSubjects = wordList(
  'Archive Backup Billing Build Cluster Contracts Database Desktop Forecast Gateway Identity Inventory Invoices Mail ' +
    'Monitoring Network Payroll Portal Pricing Print Reporting Sandbox Storage Warehouse',
)
const groupRoles = wordList(
  'Admins Approvers Auditors Contributors Developers Editors Operators Owners Readers Testers',
)

type DirectorySize = {
  readonly users: number
  readonly groups: number
  /** Members per group; 100 by default, at most the number of users. */
  readonly groupSize?: number
  /** The same seed and sizes generate the same directory. */
  readonly seed: number
}

/**
 * A fictional organization: all users are enabled, and all but the managing director have a manager. Every group is
 * assigned to the application, as are users without a group.
 */
export function generateDirectory({ users, groups, groupSize = 100, seed }: DirectorySize): SourceDirectory {
  for (const [name, count] of Object.entries({ users, groups, groupSize, seed })) {
    const isValid = Number.isSafeInteger(count) && (count >= 0 || name === 'seed')
    if (!isValid)
      throw new RangeError(
        `${name} must be a whole number${name === 'seed' ? '' : ' of at least 0'}, not ${count}.`,
      )
  }
  const random = createRandom(seed)
  const idOf = (kind: string, index: number) => deriveGuid(`${seed} ${kind} ${index}`)
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
        ...jobTitleOf(index, count, random),
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

function jobTitleOf(index: number, count: number, random: Random): { jobTitle: string; department: string } {
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

/** Makes a name unique by appending 2, 3, … No word ends in a digit, so results never collide. */
function firstFree(name: string, given: Map<string, number>, gap = ''): string {
  const times = (given.get(name) ?? 0) + 1
  given.set(name, times)
  return times === 1 ? name : `${name}${gap}${times}`
}

const plainLetters = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^a-zA-Z.-]/g, '')
    .toLowerCase()
