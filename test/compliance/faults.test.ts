import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { todays } from '../support/todays.ts'
import { faults } from './faults/index.ts'
import { judge, runFault } from './faults/run-fault.ts'

t.test('there are 60 faults, of which at least 54 have one counted cause', async t => {
  t.equal(faults.length, 60)
  t.equal(new Set(faults.map(({ id }) => id)).size, 60)
  t.ok(faults.filter(({ counted }) => counted === 1).length >= 54)
  const known = new Set(checks.map(({ id }) => id))
  for (const { id, check, counted, also = [], remedy, note, ends } of faults) {
    t.equal(counted, (check === undefined ? 0 : 1) + also.length, id)
    t.ok(check === undefined ? note || ends : remedy, `${id} has words that the report has to contain`)
    t.same(
      [check ?? [], also].flat().filter(one => !known.has(one)),
      [],
    )
  }
})

/** Faults that only a whole run shows: few requests meet them. */
const rare = ['random-500', 'slow-2-percent']

/** `npm run prove -- faults` runs the whole suite on each. */
const drawn = todays(faults, 20).filter(({ id }) => !rare.includes(id))

t.test('each fault is reported by its check, counts once, and has its remedy', async t => {
  // Checks give a server a few seconds to become consistent: several wait concurrently.
  const queue = drawn.values()
  const work = async () => {
    for (const fault of queue) {
      const { id, description, check = '', areas = [check.slice(0, check.lastIndexOf('/'))] } = fault
      t.same(judge(fault, await runFault(fault, areas)).problems, [], `${id}: ${description}`)
    }
  }
  await Promise.all(Array.from({ length: 3 }, work))
})
