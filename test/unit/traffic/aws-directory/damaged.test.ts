import t from 'tap'
import { damageKinds, readDamaged } from '../../../support/damaged-exports.ts'

// `npm run prove -- damaged` reads more.

t.test('a damaged export is refused with the file that is damaged, or read as if it were not', async t => {
  const refused = new Set<string>()
  for (let number = 0; number < 150; number++) {
    const result = await readDamaged(number)
    if (result.outcome === 'wrong') t.fail(`${number}: ${result.kind} ${result.file}: ${result.message}`)
    if (result.outcome === 'refused') refused.add(result.kind)
  }
  t.strictSame([...refused].sort(), [...damageKinds].sort(), 'each kind of damage is found')
})
