using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using SkyTree.AspNetCore.Portal.Live;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>Looks every few seconds whether a circuit's sign-in still holds.</summary>
internal sealed class SignInWatch(AuthenticationStateProvider state, PortalPulse pulse) : CircuitHandler, IDisposable
{
    private IDisposable? _subscription;

    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        if (state is PortalAuthenticationStateProvider portal)
        {
            _subscription = pulse.Subscribe(_ => portal.CheckAsync());
        }

        return Task.CompletedTask;
    }

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => Interlocked.Exchange(ref _subscription, null)?.Dispose();
}
