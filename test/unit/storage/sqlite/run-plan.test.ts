import t from 'tap'
import {
  type Decision,
  type Plan,
  type PlanChange,
  read,
  readAll,
} from '../../../../src/storage/common/plans/plan.ts'
import { runPlan } from '../../../../src/storage/sqlite/run-plan.ts'

const linked = (key: number): PlanChange => ({ change: 'linkMember', row: { tenant: 1, id: 'a', key } })
const added = (length: number): PlanChange => ({
  change: 'addMembers',
  row: {
    tenant: 1,
    group: 9,
    members: Array.from({ length }, (_, at) => ({ memberId: `m${at}`, memberKey: at })),
    at: 1000,
    exchange: null,
    via: null,
  },
})

/** The queries and changes that run in each step of a job. */
function stepsOf(plan: Plan<unknown>) {
  const steps: string[][] = [[]]
  const note = (done: string) => steps.at(-1)?.push(done)
  const job = runPlan(plan, {
    queries: {
      types: tenant => {
        note(`types of ${tenant}`)
        return ['User', 'Group']
      },
      newKey: () => {
        note('newKey')
        return 7
      },
    },
    changes: {
      linkMember: ({ key }) => note(`link ${key}`),
      addMembers: ({ members }) => note(`add ${members.length}`),
    },
  })
  let step = job.next()
  for (; !step.done; step = job.next()) steps.push([])
  return { steps, value: step.value }
}

t.test('a short plan runs in one step', async t => {
  const plan = function* (): Plan<unknown> {
    const [types, key] = yield* read({ query: 'types', of: [1] }, { query: 'newKey', of: [] })
    return { value: { types, key }, changes: [linked(key), added(3)] }
  }
  t.same(stepsOf(plan()), {
    steps: [['types of 1', 'newKey', 'link 7', 'add 3']],
    value: { types: ['User', 'Group'], key: 7 },
  })
})

t.test('many rows are read in several steps', async t => {
  const plan = function* (): Plan<unknown> {
    const types = yield* readAll(
      'types',
      Array.from({ length: 20 }, (_, at) => [at]),
    )
    return { value: types.length, changes: [] }
  }
  const { steps, value } = stepsOf(plan())
  t.same(
    steps.map(({ length }) => length),
    [17, 3],
  )
  t.equal(value, 20)
})

t.test('long changes begin in a step of their own', async t => {
  const plan = function* (): Generator<never[], Decision<unknown>, readonly unknown[]> {
    yield []
    return { value: 'x', changes: [linked(1), added(50), linked(2), added(50)] }
  }
  t.same(stepsOf(plan()).steps, [[], ['link 1', 'add 50'], ['link 2', 'add 50']])
})

t.test('a query or a change that nothing runs fails', async t => {
  const query = function* (): Plan<unknown> {
    yield* read({ query: 'tenant', of: [1] })
    return { value: undefined, changes: [] }
  }
  t.throws(() => stepsOf(query()), /Nothing runs the query tenant/)
  const change = function* (): Plan<unknown> {
    yield []
    const changes = [{ change: 'setSuccessor', row: { tenant: 1, key: 1, successor: 'a' } }] as const
    return { value: undefined, changes }
  }
  t.throws(() => stepsOf(change()), /Nothing writes the change setSuccessor/)
})
