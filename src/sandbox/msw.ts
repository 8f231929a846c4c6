import { type HttpHandler, HttpResponse, http } from 'msw';
import { ConnectionDroppedError } from './exchange.ts';
import type { Sandbox } from './sandbox.ts';
import { type SystemName, systemNames } from './systems.ts';

/**
 * Handlers for `setupServer(...sandboxHandlers(sandbox))`: everything under a system's origin is answered by its twin.
 * Needs `msw` 2, which importing the sandbox itself does not.
 * @param systems which systems answer; all of them by default
 */
export function sandboxHandlers(sandbox: Sandbox, systems: readonly SystemName[] = systemNames): HttpHandler[] {
  return systems.map((system) =>
    http.all(`${sandbox.origins[system]}/*`, async ({ request }) => {
      try {
        return await sandbox.twins[system].handle(request.clone());
      } catch (error) {
        if (error instanceof ConnectionDroppedError) return HttpResponse.error();
        throw error;
      }
    }),
  );
}
