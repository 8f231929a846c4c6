import { UserRefreshClient } from 'google-auth-library';

/** The peer: refreshes its token in a single flight per process, on its own service's endpoint. */
export function createRefreshingClient(baseUrl: string): UserRefreshClient {
  return new UserRefreshClient({
    clientId: 'bench-client',
    clientSecret: 'not-a-real-secret-91c4',
    refreshToken: 'not-a-real-refresh-token-5d07',
    endpoints: { oauth2TokenUrl: `${baseUrl}/token` },
    // Without it, a token that the service has ended before its time is never replaced.
    forceRefreshOnFailure: true,
  });
}
