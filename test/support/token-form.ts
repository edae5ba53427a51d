/** The body of a token request (RFC 6749 §4.4.2). */
export const createTokenForm = (id: string, secret: string): URLSearchParams =>
  new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret })
