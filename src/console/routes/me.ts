import type { FastifyPluginAsync } from 'fastify'
import { type Me, operations } from '../../domain/contract/me.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import { compact } from '../../scim/json.ts'
import { type ConsoleCaller, levelOf } from '../caller.ts'
import type { ConsoleDeps } from '../deps.ts'
import { isRecent } from '../sign-in/step-up.ts'
import { register } from './register.ts'

type Caller = NonNullable<Me['caller']>

/** Who calls the console. */
export const meRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { signIn, clock }) => {
  register(app, 'getMe', operations.getMe, async (_request, { request: { consoleCaller } }) => ({
    signIn: signIn !== undefined,
    ...(consoleCaller && { caller: viewCaller(consoleCaller) }),
  }))

  function viewCaller(caller: ConsoleCaller): Caller {
    const known = { kind: caller.kind, level: levelOf(caller) }
    switch (caller.kind) {
      case 'open':
        return known
      case 'token':
        return { ...known, name: caller.name }
      case 'person': {
        const { name, session } = caller
        return { ...known, ...viewIdentity(caller), ...compact({ name }), session }
      }
      case 'identity':
        return { ...known, ...viewIdentity(caller) }
    }
  }

  function viewIdentity(caller: Extract<ConsoleCaller, { readonly issuer: string }>) {
    const { issuer, subject, authenticated, expires } = caller
    return {
      issuer,
      subject,
      expires: toIsoTime(expires),
      ...(authenticated !== undefined && { authenticated: toIsoTime(authenticated) }),
      ...(signIn && { recent: isRecent(caller, signIn.settings, clock()) }),
    }
  }
}
