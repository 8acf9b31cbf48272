using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Account;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.Core;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>What pages have in common: who looks, what they look at, and how failures are told.</summary>
public abstract class PortalComponent : ComponentBase, IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly CancellationTokenSource _gone = new();
    private bool _isDisposed;

    /// <summary>A component that nobody sees yet.</summary>
    protected PortalComponent() => Gone = _gone.Token;

    /// <summary>Cancelled when the component is removed; may still be asked then.</summary>
    protected CancellationToken Gone { get; }

    /// <summary>The broker; pages use its <see cref="Broker.Admin"/>.</summary>
    [Inject]
    protected Broker Broker { get; set; } = default!;

    /// <summary>Who looks.</summary>
    [Inject]
    protected PortalUser User { get; set; } = default!;

    /// <summary>Short notes at the page's edge.</summary>
    [Inject]
    protected ISnackbar Snackbar { get; set; } = default!;

    /// <summary>Addresses, which are the pages' state.</summary>
    [Inject]
    protected NavigationManager Addresses { get; set; } = default!;

    /// <summary>The beats of live pages.</summary>
    [Inject]
    protected PortalPulse Pulse { get; set; } = default!;

    /// <summary>Who looks, as services want it.</summary>
    protected Caller Caller => User.Caller;

    /// <summary>Does something that a button asked for; what the services refuse is told.</summary>
    /// <param name="action">What.</param>
    /// <param name="done">What to say when it is done; null: nothing.</param>
    /// <returns>Whether it was done.</returns>
    protected async Task<bool> TryAsync(Func<Task> action, string? done = null)
    {
        ArgumentNullException.ThrowIfNull(action);
        try
        {
            await action();
        }
        catch (AdminException exception)
        {
            Snackbar.Add(exception.Message, Severity.Error);
            return false;
        }

        if (done is not null)
        {
            Snackbar.Add(done, Severity.Success);
        }

        return true;
    }

    /// <summary>Has something done on each beat until the component is removed, and draws it anew.</summary>
    /// <param name="beat">What; on the component's thread.</param>
    /// <param name="every">Beats (seconds) from one to the next.</param>
    protected void OnPulse(Func<PulseSample, Task> beat, int every = 1)
    {
        int count = 0;
        Own(Pulse.Subscribe(sample => ++count % every != 0 ? Task.CompletedTask : InvokeAsync(async () =>
        {
            if (!_isDisposed)
            {
                await beat(sample);
                StateHasChanged();
            }
        })));
    }

    /// <summary>Disposes something with the component: the subscription of a service's events.</summary>
    /// <param name="owned">What.</param>
    protected void Own(IDisposable owned) => _owned.Add(owned);

    /// <summary>Changes parts of the address, which is the page's state; a list that was paged begins at its front.</summary>
    /// <param name="query">The parts by name; null or empty takes one away.</param>
    /// <param name="replace">Whether the browser's way back leaves this step out, as while one types.</param>
    protected void SetQuery(IReadOnlyDictionary<string, object?> query, bool replace = false)
    {
        var parts = new Dictionary<string, object?>(query) { [KeysetQuery.After] = null };
        foreach ((string name, object? value) in query)
        {
            if (value is string { Length: 0 })
            {
                parts[name] = null;
            }
        }

        Addresses.NavigateTo(Addresses.GetUriWithQueryParameters(parts), replace: replace);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what the component began.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _gone.Cancel();
            _gone.Dispose();
            foreach (IDisposable owned in _owned)
            {
                owned.Dispose();
            }
        }
    }
}
