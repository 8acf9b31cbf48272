namespace SkyTree.Web.Hosting;

/// <summary>Whether clients should be sent here.</summary>
internal sealed class Readiness
{
    private volatile bool _isReady;

    public bool IsReady
    {
        get => _isReady;
        set => _isReady = value;
    }
}
