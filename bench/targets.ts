import { milliseconds, table } from './table.ts'

/** The figures of this checkout, and those of the base, by their keys. */
export type Figures = Readonly<Record<'now' | 'base', Record<string, number>>>

/** A figure, the key of its value in the results, and the value it should reach; a factor of 1 unless stated. */
type Target = {
  readonly figure: string
  readonly profile?: 'aws' | 'rfc'
  readonly key: string
  readonly unit?: string
  readonly target: number
  /** What an improvement should reach. */
  readonly aim?: number
  /** Whether it should be at least, or at most, the target. */
  readonly kind: 'at least' | 'at most'
}

type Goal = Pick<Target, 'target' | 'aim'>

/** A figure of each profile. */
const ofProfiles = (
  figure: string,
  kind: Target['kind'],
  aws: Goal,
  rfc: Goal,
  unit?: string,
): readonly Target[] =>
  Object.entries({ aws, rfc } as const).map(([profile, goal]) => ({
    figure,
    profile: profile as 'aws' | 'rfc',
    key: `${figure}, ${profile}`,
    kind,
    ...goal,
    ...(unit !== undefined && { unit }),
  }))

const goal = (target: number, aim?: number): Goal => ({ target, ...(aim !== undefined && { aim }) })

const ratios = (figure: string, aws: number, rfc: number, aim?: number): readonly Target[] =>
  ofProfiles(figure, 'at least', goal(aws, aim), goal(rfc, aim))

/** CPU of the main thread per request, divided by that of the bare server. */
const mainThread = (operation: string, aws: Goal, rfc: Goal): readonly Target[] =>
  ofProfiles(`CPU of ${operation}`, 'at most', aws, rfc)

const highest = (figure: string, unit: string, target: number, aim?: number, key = figure): Target => ({
  figure,
  key,
  unit,
  kind: 'at most',
  ...goal(target, aim),
})

const ofBoth = (figure: string, unit: string, target: number, aim?: number): readonly Target[] =>
  ofProfiles(figure, 'at most', goal(target, aim), goal(target, aim), unit)

/** Ratios of PostgreSQL to SQLite. */
const ofPostgres = (
  figures: readonly string[],
  where: string,
  target: number,
  kind: Target['kind'] = 'at least',
): readonly Target[] =>
  figures.map(figure => ({
    figure: `${figure} ${where}, PostgreSQL`,
    key: `${figure} ${where}, PostgreSQL`,
    target,
    kind,
  }))

const writes = ['create', 'PATCH', 'join']
const writesOverHttp = ['create', 'disable by PATCH', 'join']
const growthOf = (figure: string, target: number): Target => ({
  figure: `growth of ${figure}, PostgreSQL`,
  key: `growth of ${figure}, PostgreSQL`,
  target,
  kind: 'at least',
})

/** Exchanges per second beside as many requests; a server that keeps up is a little behind when it is asked. */
const analyzed = (engine: string, target: number): readonly Target[] => {
  const figure = `analyzed beside ${target.toLocaleString('en')} requests, ${engine}`
  return [{ figure, key: figure, target: 0.97 * target, kind: 'at least' }]
}

const awsOperations = ['DescribeUser', 'GetUserId', 'ListGroupMemberships']
const atMost = (figure: string, target: number): Target => ({ figure, key: figure, target, kind: 'at most' })

/**
 * What is to be reached with 100,000 users and requests. Ratios are to the durable bare server, at 25 connections,
 * or to SQLite. The growth of PostgreSQL is its own, to a million users.
 */
const targets: readonly Target[] = [
  ...mainThread('GET', goal(2.2, 1.5), goal(3, 2)),
  ...mainThread('look-up by userName', goal(2.2, 1.5), goal(3, 2)),
  ...ratios('GET', 0.45, 0.35, 0.65),
  ...ratios('look-up by userName', 0.45, 0.35, 0.8),
  ...ratios('GET on one core', 0.35, 0.3, 0.45),
  ...ratios('look-up without a hit ÷ SCIMMY', 2, 2, 5),
  ...ratios('disable by PATCH', 0.4, 0.4, 0.5),
  ...ratios('create', 0.45, 0.45, 0.5),
  ...ratios('page of 100', 0.55, 0.35, 0.6),
  ...ofProfiles('p99 of page of 100', 'at most', goal(60, 50), goal(110, 50), 'ms'),
  ...ofBoth('disk of page of 100', 'KB', 50, 40),
  highest('longest wait of a bystander', 'ms', 50, 20),
  highest('longer wait of a bystander beside hostile bodies', 'ms', 50),
  ...ofBoth('p99 of GET', 'ms', 6),
  ...ofBoth('p99 of create', 'ms', 12),
  highest('start to first 200', 's', 0.45, 0.35),
  highest('memory after the start', 'MB', 145, 120),
  ...ofBoth('add or remove a member, large group', 'ms', 5),
  highest('name.familyName co "x", count=100 (rfc)', 'ms', 10, undefined, 'list with co'),
  ...ofBoth('bytes per user', 'bytes', 5_000),
  ...ofBoth('bytes per exchange', 'bytes', 3_000),
  ...awsOperations.map(operation => atMost(`growth of ${operation}`, 1.3)),
  atMost('signature of a request', 0.15),
  {
    figure: 'GET with an own token, beside other credentials',
    key: 'own token',
    target: 0.97,
    kind: 'at least',
  },
  { figure: 'GET with a remembered JWT', key: 'remembered JWT', target: 0.8, kind: 'at least' },
  { figure: 'access tokens per second', key: 'token endpoint', target: 500, kind: 'at least' },
  ...analyzed('SQLite', 1500),
  ...analyzed('PostgreSQL', 1000),
  ...ofPostgres(writes, 'in the store', 0.7),
  ...ofPostgres(['look-up', 'get'], 'in the store', 0.22),
  ...ofPostgres(writes, 'one at a time', 3, 'at most'),
  ...writes.map(figure => growthOf(figure, 0.65)),
  ...['look-up', 'get'].map(figure => growthOf(figure, 0.35)),
  ...ofPostgres([...writesOverHttp, 'GET', 'look-up by userName'], 'over HTTP', 0.8),
  ...ofPostgres(writesOverHttp, 'on one connection', 3, 'at most'),
]

/** The measured figures next to their targets, and to those of the base. Figures of parts that did not run are left out. */
export function compareWithTargets({ now, base }: Figures): string {
  const measured = targets.flatMap(target => {
    const value = now[target.key]
    return value === undefined ? [] : [{ ...target, value }]
  })
  if (measured.length === 0) return ''
  const hasBase = Object.keys(base).length > 0
  return table([
    ['figure', 'profile', ...(hasBase ? ['base'] : []), 'measured', 'target', 'reached', 'aim'],
    ...measured.map(({ figure, profile = '', key, value, unit, target, aim, kind }) => [
      figure,
      profile,
      ...(hasBase ? [format(base[key], unit)] : []),
      format(value, unit),
      `${kind} ${format(target, unit)}`,
      (kind === 'at least' ? value >= target : value <= target) ? 'yes' : 'no',
      format(aim, unit),
    ]),
  ])
}

function format(value: number | undefined, unit?: string): string {
  if (value === undefined) return ''
  if (unit === 'bytes') return Math.round(value).toLocaleString('en')
  if (unit === 'ms') return `${milliseconds(value)} ms`
  if (unit === 'KB' || unit === 'MB') return `${value.toFixed(0)} ${unit}`
  return `${value.toFixed(2)}${unit === undefined ? '' : ` ${unit}`}`
}
