import { requirements, requirementsTested } from './requirements-tested.ts'

const tested = requirementsTested()

for (const { id, isOffered } of requirements) {
  if (!isOffered) console.log(`${id}  not offered`)
  for (const { file, title } of tested.get(id) ?? []) console.log(`${id}  ${file}: ${title}`)
}

const missing = [...tested].filter(([, tests]) => tests.length === 0).map(([id]) => id)

if (missing.length > 0) {
  console.error(`No test for ${missing.join(', ')}.`)
  process.exitCode = 1
}
