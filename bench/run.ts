import { bystanders } from './bystanders.ts'
import { consoleBench } from './console.ts'
import { entra } from './entra.ts'
import { hotPaths } from './hot-paths.ts'
import { lists } from './lists.ts'

/**
 * Compares Scimulator, in alternating turns, with a bare server that reads and writes the same rows (`limit-server.ts`), at
 * two numbers of users and members. Then measures lists and bulk requests of the `rfc` profile at two numbers of users, cycles
 * of the provisioning client, lookups while the journal is exported and searched, and the console in a browser. Compare the
 * ratios: absolute numbers vary between runs.
 *
 *   npm run bench [-- SECONDS_PER_TURN [TURNS [USERS_OF_LARGE_LISTS]]]
 */
const [seconds = 3, turns = 3, users = 100_000] = process.argv.slice(2).map(Number)

process.stdout.write(`${seconds} s per turn, ${turns} turns, medians: requests per second (p99 in ms).

## Hot paths (aws, 25 connections)

Small: 1,000 users (10 members); large: 100,000 users (50,000 members).
Ratio: requests per second divided by those of the bare server. Growth: requests per second, small divided by large.

${await hotPaths({ seconds, turns })}
## Lists and bulk (rfc, 5 connections, pages of 100)

${await lists({ seconds, turns }, [1_000, users])}
## The provisioning client of Entra ID (aws, 5,000 users, 200 groups of 100)

${await entra(5_000, 200)}
## Lookups while the journal is read (100,000 requests)

${await bystanders(100_000)}
## The console (100,000 requests)

${await consoleBench(100_000)}`)
