import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  formerAddresses,
  pageAddresses,
  type SignedOut,
  signInAddresses,
} from '../../domain/contract/page-addresses.ts'
import { problemKinds } from '../../domain/contract/problem.ts'
import type { ConsoleSession } from '../../domain/ports/console-access.ts'
import { handleError } from '../error-handler.ts'
import { rejectCrossOriginEmbedding, requireOwnNavigation, requireOwnOrigin } from '../guard.ts'
import { Problem } from '../problem.ts'
import { cookieValues } from './cookies.ts'
import { type ErrorPage, errorPagePolicy, type Failure, renderErrorPage } from './failures.ts'
import type { Person } from './sessions.ts'
import type { SignIn } from './sign-in.ts'

type Query = { readonly return?: unknown; readonly moved?: unknown }

export type OnSignIn = (
  request: FastifyRequest,
  event: {
    readonly operation: 'signIn' | 'stepUp' | 'signOut'
    readonly status: number
    readonly problem?: string
  },
  /** Undefined if the identity provider did not name them. */
  person: Omit<Person, 'role'> | undefined,
) => Promise<void>

export const signInRoutes = async (
  app: FastifyInstance,
  { signIn, onSignIn }: { readonly signIn: SignIn; readonly onSignIn: OnSignIn },
): Promise<void> => {
  app.setErrorHandler((error, request, reply) =>
    acceptsHtml(request) && error instanceof Problem
      ? sendPage(reply, error.document.status, pageOf(error))
      : handleError(error as Parameters<typeof handleError>[0], request, reply),
  )

  const sessionOf = ({ headers }: FastifyRequest) =>
    signIn.sessions.find(cookieValues(headers.cookie, signIn.cookies().session.name))

  app.get<{ Querystring: Query }>(signInAddresses.signIn, async (request, reply) => {
    const moved = signIn.attempts.openMove(String(request.query.moved ?? ''))
    if (moved === undefined) {
      requireOwnNavigation(request)
      const returnPath = toReturnPath(request.query.return)
      const elsewhere = consoleAddress(request, returnPath)
      if (elsewhere) return reply.redirect(elsewhere)
      return start(request, reply, returnPath)
    }
    return start(request, reply, moved)
  })

  app.get<{ Querystring: Query }>(signInAddresses.stepUp, async (request, reply) => {
    requireOwnNavigation(request)
    return start(request, reply, toReturnPath(request.query.return), await sessionOf(request))
  })

  app.get(
    signInAddresses.callback,
    { onRequest: rejectCrossOriginEmbedding(signIn.url) },
    async (request, reply) => {
      const { attempt, session } = signIn.cookies()
      const values = cookieValues(request.headers.cookie, attempt.name)
      const previous = await sessionOf(request)
      reply.header('set-cookie', attempt.clear())
      const completed = await signIn.complete(targetOf(request), values, previous)
      const operation = completed.isStepUp ? 'stepUp' : 'signIn'
      if ('failure' in completed) {
        const { failure, person } = completed
        const [status] = problemKinds[failure.kind]
        // Anybody can cause a response to no sign-in, so it would only fill the audit log.
        if (completed.isStarted) await onSignIn(request, { operation, status, problem: failure.kind }, person)
        return fail(request, reply, failure)
      }
      await onSignIn(request, { operation, status: 302 }, completed.session)
      reply.header('set-cookie', session.set(completed.secret))
      return reply.redirect(completed.returnPath)
    },
  )

  app.post(signInAddresses.signOut, async (request, reply): Promise<SignedOut> => {
    requireOwnOrigin(request, signIn.url())
    const session = await sessionOf(request)
    if (session) {
      await signIn.sessions.end(session.id)
      await onSignIn(request, { operation: 'signOut', status: 200 }, session)
    }
    reply.header('set-cookie', signIn.cookies().session.clear())
    return { location: session ? await signIn.signOutAddress() : '/' }
  })

  /** The URL of sign-in at the console's own address, if the browser used another one: the cookies belong to one host. */
  function consoleAddress({ headers }: FastifyRequest, returnPath: string): string | undefined {
    const url = signIn.url()
    if (headers.host === url.host) return undefined
    const there = new URL(signInAddresses.signIn, url)
    there.searchParams.set('moved', signIn.attempts.sealMove(returnPath))
    return there.href
  }

  async function start(
    request: FastifyRequest,
    reply: FastifyReply,
    returnPath: string,
    session?: ConsoleSession,
  ): Promise<FastifyReply> {
    const started = await signIn.start(returnPath, session)
    if ('failure' in started) return fail(request, reply, started.failure)
    return reply
      .header('set-cookie', signIn.cookies().attempt.set(started.attempt))
      .redirect(started.location)
  }
}

/** Path and query. A proxy may send the whole URL (RFC 9112 §3.2.2), whose host is not evidence of anything. */
function targetOf({ url }: FastifyRequest): string {
  const { pathname, search } = new URL(url, 'http://console.invalid')
  return pathname + search
}

const acceptsHtml = ({ headers }: FastifyRequest): boolean => headers.accept?.includes('text/html') ?? false

function fail(request: FastifyRequest, reply: FastifyReply, { kind, page, log }: Failure): FastifyReply {
  request.log.warn(`sign-in: ${log}`)
  if (!acceptsHtml(request)) throw new Problem(kind, page.paragraphs.join(' '))
  return sendPage(reply, problemKinds[kind][0], page)
}

const sendPage = (reply: FastifyReply, status: number, page: ErrorPage): FastifyReply =>
  reply
    .code(status)
    .header('content-security-policy', errorPagePolicy)
    .type('text/html; charset=utf-8')
    .send(renderErrorPage(page))

const pageOf = ({ document: { title, detail } }: Problem): ErrorPage => ({
  title,
  paragraphs: [detail],
  link: { address: '/', text: 'Open the console' },
})

const isPage = (pathname: string): boolean => {
  const segments = pathname.split('/')
  return [...Object.values(pageAddresses), ...Object.keys(formerAddresses)].some(address => {
    const expected = address.split('/')
    return (
      expected.length === segments.length &&
      expected.every((part, at) => (part.startsWith(':') ? segments[at] !== '' : part === segments[at]))
    )
  })
}

/** A cookie holds it, encrypted, and browsers keep no cookie of more than 4096 bytes. */
const maxLength = 1000

/** The path and query of a page of the console; the first page for anything else, such as a URL. */
export function toReturnPath(text: unknown): string {
  if (typeof text !== 'string' || text.length > maxLength) return '/'
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text)) return '/'
  const url = URL.parse(text, 'http://console.invalid')
  if (url?.host !== 'console.invalid' || !isPage(url.pathname)) return '/'
  return url.pathname + url.search
}
