import type { Setup } from '../../../domain/contract/setup.ts'
import { Copyable } from '../../components/buttons.tsx'

/** Identity providers in the cloud connect from the internet, and accept only HTTPS with a public certificate. */
export const Tunnel = ({ setup: { endpoint, loopback, https } }: { readonly setup: Setup }) => {
  const { origin, port } = new URL(endpoint)
  const number = port || '80'
  return (
    <div class="prose">
      <p>
        {loopback
          ? 'The endpoint is reachable from this machine only.'
          : https
            ? 'The endpoint has a public address with HTTPS, so it needs no tunnel.'
            : 'The endpoint has no HTTPS.'}{' '}
        Identity providers in the cloud require HTTPS with a certificate of a public authority. A tunnel to
        the SCIM listener provides both; the console stays on localhost. Each of these commands prints a
        public URL. Replace <code>{origin}</code> in the Tenant URL with it.
      </p>
      <Copyable what="the cloudflared command" text={`cloudflared tunnel --url ${origin}`} />
      <Copyable what="the ngrok command" text={`ngrok http ${number}`} />
      <Copyable what="the devtunnel command" text={`devtunnel host -p ${number} --allow-anonymous`} />
      <p class="muted">
        Without a tunnel: configure a certificate with <code>--tls-cert</code> and <code>--tls-key</code>, and
        listen on all interfaces with <code>--host 0.0.0.0</code>.
      </p>
    </div>
  )
}
