namespace SkyTree.Core.Messages;

/// <summary>Opens stores that the broker cannot start without.</summary>
internal static class StoreOpening
{
    /// <summary>Opens a store and finds its end. Drivers throw what they like; who starts a broker wants to know which store it was.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">What its operator calls it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The highest offset that it ever had.</returns>
    /// <exception cref="IOException">It does not answer, or not as it should.</exception>
    public static async ValueTask<long> OpenAsync(MessageStore store, string name, CancellationToken cancellationToken)
    {
        try
        {
            await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await store.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new IOException($"{name} cannot be opened: {e.Message}", e);
        }
    }
}
