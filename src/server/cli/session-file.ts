import { profileNames } from '../../profiles/names.ts'
import { wrongUse } from './cli-error.ts'
import { does, noun } from './noun.ts'
import { openSessionFile } from './open-session.ts'
import { choice, tenant, text, toggle } from './options.ts'
import { replayTo, timeout, token } from './replay.ts'
import { saveExport } from './save-export.ts'
import { resolveTenant } from './session.ts'
import { withTemporaryServer } from './temporary-server.ts'

export const sessionFile = noun([
  does(
    'export <file> [query...]',
    'Export a session as an HTML file that a browser opens without a server',
    {
      flags: { tenant },
      help: '\nA query selects the requests, as in `scimulator journal list`; everything else is always complete.',
    },
    async ({ file, query, ...named }, session) => {
      const params = { tenant: await resolveTenant(session.api, named.tenant) }
      const q = query.length === 0 ? {} : { q: query.join(' ') }
      await saveExport(session, 'GET /tenants/:tenant/session', { params, query: q }, file)
    },
  ),
  does(
    'open <file>',
    'Open a session file in the console, as a read-only tenant',
    {
      flags: {
        id: text('id', 'ID of the tenant (default: <exported tenant>-session)'),
        temporary: toggle('Use a server in memory for it, even if one is running'),
      },
      help: '\nIf no server is running and --console is not set, a server in memory is started until Ctrl-C.',
    },
    openSessionFile,
  ),
  does(
    'replay <file>',
    'Send the requests of a session to another server; exit code 1 if responses differ',
    {
      flags: {
        url: text('url', 'Base URL of the SCIM server, which the requests change'),
        token,
        profile: choice(profileNames, 'Use a temporary server with this profile', 'name'),
        timeout,
      },
    },
    async ({ file, url, token, profile, timeout }, { json }) => {
      if ((url === undefined) === (profile === undefined)) {
        throw wrongUse('Specify the server with --url, or a profile of a temporary server with --profile.')
      }
      if (url !== undefined) return replayTo(file, { url, timeout, ...(token && { token }) }, json)
      await withTemporaryServer({ profile }, server =>
        replayTo(file, { url: server.url, token: server.token, timeout }, json),
      )
    },
  ),
])
