namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>The Cityscapes ids that the scenes use (<see cref="Cityscapes.CityscapesLabels"/>).</summary>
internal static class LabelId
{
    public const int Unlabeled = 0, EgoVehicle = 1, OutOfRoi = 3, Static = 4, Dynamic = 5, Ground = 6, Road = 7, Sidewalk = 8, Parking = 9, RailTrack = 10,
        Building = 11, Wall = 12, Fence = 13, GuardRail = 14, Bridge = 15, Pole = 17, PoleGroup = 18, TrafficLight = 19, TrafficSign = 20, Vegetation = 21,
        Terrain = 22, Sky = 23, Person = 24, Rider = 25, Car = 26, Truck = 27, Bus = 28, Caravan = 29, Trailer = 30, Train = 31, Motorcycle = 32, Bicycle = 33;
}
