import { bystanders } from './bystanders.ts'
import { consoleBench } from './console.ts'
import { entra } from './entra.ts'
import { hotPaths } from './hot-paths.ts'
import { lists } from './lists.ts'

/**
 * Scimulator side by side with a bare server that reads and writes the same rows (`limit-server.ts`), in turns,
 * at a small and a large number of users and of members; then lists and bulk requests of the `rfc` profile at two
 * numbers of users; then cycles of the provisioning client; then
 * lookups while the journal is exported and searched; then the console in a browser. Compare ratios: machines are noisy.
 *
 *   npm run bench [-- seconds a turn [turns [users of the large lists]]]
 */
const [seconds = 3, turns = 3, users = 100_000] = process.argv.slice(2).map(Number)

process.stdout.write(`${seconds} s a turn, ${turns} turns, medians: requests a second (p99 in ms).

## Hot paths (aws, 25 connections)

Small: 1,000 users (10 members); large: 100,000 users (50,000 members).
Ratio: requests a second against the bare server. Growth: requests a second, small against large.

${await hotPaths({ seconds, turns })}
## Lists and bulk (rfc, 5 connections, pages of 100)

${await lists({ seconds, turns }, [1_000, users])}
## The provisioning client of Entra ID (aws, 5,000 users, 200 groups of 100)

${await entra(5_000, 200)}
## Look-ups while the journal is read (100,000 exchanges)

${await bystanders(100_000)}
## The console (100,000 exchanges)

${await consoleBench(100_000)}`)
