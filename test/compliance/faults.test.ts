import t from 'tap'
import { faults } from './faults/index.ts'

t.test('there are 60 faults, of which at least 54 have one counted cause', async t => {
  t.equal(faults.length, 60)
  t.equal(new Set(faults.map(({ id }) => id)).size, 60)
  t.ok(faults.filter(({ counted }) => counted === 1).length >= 54)
  for (const { id, check, counted, also = [], remedy, note, ends } of faults) {
    t.equal(counted, (check === undefined ? 0 : 1) + also.length, id)
    t.ok(check === undefined ? note || ends : remedy, `${id} has words that the report has to contain`)
  }
})
