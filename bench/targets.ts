import { milliseconds, table } from './table.ts'

type Figures = Readonly<Record<string, number>>

/** A figure, the key of its value in the results, and the value it should reach; a factor of 1 unless stated. */
type Target = {
  readonly figure: string
  readonly profile?: 'aws' | 'rfc'
  readonly key: string
  readonly unit?: string
  readonly target: number
  /** Whether it should be at least, or at most, the target. */
  readonly kind: 'at least' | 'at most'
}

const ratios = (figure: string, aws: number, rfc: number): readonly Target[] => [
  { figure, profile: 'aws', key: `${figure}, aws`, target: aws, kind: 'at least' },
  { figure, profile: 'rfc', key: `${figure}, rfc`, target: rfc, kind: 'at least' },
]

/** CPU of the main thread per request, divided by that of the bare server. */
const mainThread = (operation: string, aws: number, rfc: number): readonly Target[] =>
  ratios(`CPU of ${operation}`, aws, rfc).map(target => ({ ...target, kind: 'at most' }))

const highest = (figure: string, unit: string, target: number, key = figure): Target => ({
  figure,
  key,
  unit,
  target,
  kind: 'at most',
})

const ofBoth = (figure: string, unit: string, target: number): readonly Target[] => [
  { ...highest(figure, unit, target, `${figure}, aws`), profile: 'aws' },
  { ...highest(figure, unit, target, `${figure}, rfc`), profile: 'rfc' },
]

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

const awsOperations = ['DescribeUser', 'GetUserId', 'ListGroupMemberships']
const atMost = (figure: string, target: number): Target => ({ figure, key: figure, target, kind: 'at most' })

/**
 * What is to be reached with 100,000 users and requests. Ratios are to the durable bare server, at 25 connections,
 * or to SQLite. The growth of PostgreSQL is its own, to a million users.
 */
const targets: readonly Target[] = [
  ...ratios('GET', 0.5, 0.3),
  ...ratios('look-up by userName', 0.35, 0.25),
  ...ratios('page of 100', 0.6, 0.35),
  ...ratios('create', 0.4, 0.35),
  ...ratios('disable by PATCH', 0.4, 0.4),
  ...mainThread('GET', 2.2, 3),
  ...mainThread('look-up by userName', 2.2, 3),
  ...ratios('GET on one core', 0.35, 0.3),
  ...ofBoth('add or remove a member, large group', 'ms', 5),
  highest('name.familyName co "x", count=100 (rfc)', 'ms', 10, 'list with co'),
  highest('longest wait of a bystander', 'ms', 50),
  highest('longer wait of a bystander beside hostile bodies', 'ms', 50),
  ...ofBoth('p99 of GET', 'ms', 6),
  ...ofBoth('p99 of create', 'ms', 12),
  highest('start to first 200', 's', 0.45),
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
  ...ofPostgres(writes, 'in the store', 0.7),
  ...ofPostgres(['look-up', 'get'], 'in the store', 0.22),
  ...ofPostgres(writes, 'one at a time', 3, 'at most'),
  ...writes.map(figure => growthOf(figure, 0.65)),
  ...['look-up', 'get'].map(figure => growthOf(figure, 0.35)),
  ...ofPostgres([...writesOverHttp, 'GET', 'look-up by userName'], 'over HTTP', 0.8),
  ...ofPostgres(writesOverHttp, 'on one connection', 3, 'at most'),
]

/** The measured figures next to their targets. Figures of parts that did not run are left out. */
export function compareWithTargets(figures: Figures): string {
  const measured = targets.flatMap(target => {
    const value = figures[target.key]
    return value === undefined ? [] : [{ ...target, value }]
  })
  if (measured.length === 0) return ''
  return table([
    ['figure', 'profile', 'measured', 'target', 'reached'],
    ...measured.map(({ figure, profile = '', value, unit, target, kind }) => [
      figure,
      profile,
      format(value, unit),
      `${kind} ${format(target, unit)}`,
      (kind === 'at least' ? value >= target : value <= target) ? 'yes' : 'no',
    ]),
  ])
}

function format(value: number, unit?: string): string {
  if (unit === 'bytes') return Math.round(value).toLocaleString('en')
  return unit === 'ms'
    ? `${milliseconds(value)} ms`
    : `${value.toFixed(2)}${unit === undefined ? '' : ` ${unit}`}`
}
