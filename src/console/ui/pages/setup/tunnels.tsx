import { Copyable } from '../../components/basics.tsx'

const originOf = (endpoint: string): string => new URL(endpoint).origin

/** Entra runs elsewhere, and speaks HTTPS with public certificates only. */
export const Tunnels = ({ endpoint }: { readonly endpoint: string }) => {
  const origin = originOf(endpoint)
  return (
    <details>
      <summary>Entra has to reach it over HTTPS: tunnels</summary>
      <p>
        Entra provisions from Microsoft’s network and wants HTTPS with a certificate of a public authority. A
        tunnel to the SCIM listener gives both; the console stays on this machine. Any of these prints a
        public address: put it in the place of <code>{origin}</code> in the tenant URL.
      </p>
      <Copyable what="the cloudflared command" text={`cloudflared tunnel --url ${origin}`} />
      <Copyable what="the ngrok command" text={`ngrok http ${new URL(endpoint).port || '80'}`} />
      <Copyable
        what="the devtunnel command"
        text={`devtunnel host -p ${new URL(endpoint).port || '80'} --allow-anonymous`}
      />
      <p class="muted">
        Or give the server a certificate of its own with <code>--tls-cert</code> and <code>--tls-key</code>,
        and bind it with <code>--host 0.0.0.0</code>.
      </p>
    </details>
  )
}
