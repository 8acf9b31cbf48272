namespace SkyTree.AspNetCore.Hosting;

/// <summary>Whether clients should be sent here.</summary>
internal sealed class Readiness
{
    private volatile bool _isReady;
    private volatile bool _hasStarted;

    public bool IsReady
    {
        get => _isReady;
        set
        {
            _isReady = value;
            _hasStarted |= value;
        }
    }

    /// <summary>Whether it has been ready once.</summary>
    public bool HasStarted => _hasStarted;
}
