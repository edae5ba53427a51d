import t, { type Test } from 'tap'
import { openDeliveries } from '../support/deliveries.ts'
import { describeDeliveries } from './deliveries.ts'

const open = async (t: Test) => {
  const path = `${t.testdir()}/data.db`
  let passed = 0
  const clock = () => Date.now() + passed
  return {
    deliveries: openDeliveries(t, { path, clock }),
    reopen: async () => openDeliveries(t, { path, clock }),
    advance: async (milliseconds: number) => {
      passed += milliseconds
    },
  }
}

t.test('with SQLite', async t => describeDeliveries(t, open))
